"""Streams a chat event by event, and goes on with the conversation."""

import os

import crux

with crux.Crux(os.environ.get("CRUX_ADDRESS", "localhost:50051"), token=os.environ.get("CRUX_TOKEN")) as client:
    messages = [crux.system("Be brief."), crux.user("What is the capital of France?")]

    with client.stream(model="anthropic/claude-sonnet-4-5", messages=messages) as stream:
        for event in stream:
            match event.WhichOneof("event"):
                case "reasoning_delta":
                    print(event.reasoning_delta.text, end="", flush=True)
                case "text_delta":
                    print(event.text_delta.text, end="", flush=True)
                case "finished":
                    print(f"\n{event.finished.usage.output_tokens} tokens")
        response = stream.response()

    # The whole message goes back, with whatever state the provider left in it.
    messages += [response.message, crux.user("And of Italy?")]
    print(client.chat(model="anthropic/claude-sonnet-4-5", messages=messages).text)

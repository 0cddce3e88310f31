"""Shows how calls fail, and what to do about it."""

import os
import time

import crux
from crux.v1 import ErrorReason

client = crux.Crux(os.environ.get("CRUX_ADDRESS", "localhost:50051"), token=os.environ.get("CRUX_TOKEN"))

# Before anything was answered: a status.
try:
    client.chat(model="no-provider", messages="hi")
except crux.CallError as error:
    print(error.code.name, error.reason_name, [violation.field for violation in error.field_violations])

# In the midst of an answer: what had come, and what was used.
try:
    client.stream(model="openai/gpt-5+fault:error-midstream", messages="one two three").response()
except crux.CallError as error:
    came = crux.text_of(error.partial_message) if error.partial_message else ""
    print(error.ending, error.reason_name, "retryable" if error.retryable else "final", repr(came))

# Worth another try, when the server says so.
model = f"openai/gpt-5+fault:status=429,retry-after=1,times=1,id={time.time_ns()}"
for attempt in (1, 2):
    try:
        print(client.chat(model=model, messages="again", timeout=0.5).text)
        break
    except crux.CallError as error:
        if error.reason != ErrorReason.ERROR_REASON_PROVIDER_RATE_LIMITED or error.retry_delay is None:
            raise
        print(f"attempt {attempt}: wait {error.retry_delay.total_seconds():.0f} s")
        time.sleep(error.retry_delay.total_seconds())

# The caller's own deadline.
try:
    client.chat(model="openai/gpt-5+fault:stall-headers", messages="hi", timeout=0.5)
except crux.DeadlineError:
    print("deadline passed")

client.close()

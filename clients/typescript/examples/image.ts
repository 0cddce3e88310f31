// Sends an image: the file that is named, or a dot.
import { Crux, media, mediaFile, user } from "@cruxrpc/client";

const crux = new Crux(process.env["CRUX_ADDRESS"] ?? "localhost:50051", { token: process.env["CRUX_TOKEN"] });

const DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const [path] = process.argv.slice(2);
const image = path === undefined ? await media(Buffer.from(DOT, "base64")) : await mediaFile(path);

const { text } = await crux.chat({ model: "openai/gpt-5", messages: [user("what is in this image?", image)] });
console.log(text);
crux.close();

const BY_EXTENSION: Readonly<Record<string, string>> = {
  aac: "audio/aac",
  avif: "image/avif",
  bmp: "image/bmp",
  csv: "text/csv",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  flac: "audio/flac",
  gif: "image/gif",
  heic: "image/heic",
  heif: "image/heif",
  htm: "text/html",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  json: "application/json",
  m4a: "audio/mp4",
  markdown: "text/markdown",
  md: "text/markdown",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  mpeg: "video/mpeg",
  mpg: "video/mpeg",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  opus: "audio/ogg",
  pdf: "application/pdf",
  png: "image/png",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  svg: "image/svg+xml",
  tif: "image/tiff",
  tiff: "image/tiff",
  txt: "text/plain",
  wav: "audio/wav",
  webm: "video/webm",
  webp: "image/webp",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  xml: "application/xml",
};

/** First bytes, as Latin-1; a question mark stands for any byte. */
const BY_MAGIC: readonly (readonly [string, string])[] = [
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF87a", "image/gif"],
  ["GIF89a", "image/gif"],
  ["RIFF????WEBP", "image/webp"],
  ["RIFF????WAVE", "audio/wav"],
  ["BM????\0\0\0\0", "image/bmp"],
  ["II*\0", "image/tiff"],
  ["MM\0*", "image/tiff"],
  ["????ftypavif", "image/avif"],
  ["????ftypheic", "image/heic"],
  ["????ftypheix", "image/heic"],
  ["????ftypmif1", "image/heif"],
  ["????ftypM4A ", "audio/mp4"],
  ["????ftypqt  ", "video/quicktime"],
  ["????ftyp", "video/mp4"],
  ["%PDF-", "application/pdf"],
  ["OggS", "audio/ogg"],
  ["fLaC", "audio/flac"],
  ["ID3", "audio/mpeg"],
  ["\xff\xfb", "audio/mpeg"],
  ["\xff\xf3", "audio/mpeg"],
  ["\xff\xf2", "audio/mpeg"],
  ["\xff\xf1", "audio/aac"],
  ["\xff\xf9", "audio/aac"],
  ["\x1aE\xdf\xa3", "video/webm"],
];

/** Finds the media type by the file's first bytes, or else by its name. */
export function mimeType(data: Uint8Array, name: string | undefined): string | undefined {
  const byMagic = BY_MAGIC.find(([magic]) => beginsWith(data, magic))?.[1];
  const extension = name === undefined ? undefined : /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase();
  return byMagic ?? (extension === undefined ? undefined : BY_EXTENSION[extension]);
}

function beginsWith(data: Uint8Array, magic: string): boolean {
  return Array.from(magic).every((char, index) => char === "?" || data[index] === char.charCodeAt(0));
}

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

/** First bytes, as Latin-1; a dot stands for any byte. */
const BY_MAGIC: readonly (readonly [RegExp, string])[] = [
  [/^\x89PNG\r\n\x1a\n/s, "image/png"],
  [/^\xff\xd8\xff/s, "image/jpeg"],
  [/^GIF8[79]a/s, "image/gif"],
  [/^RIFF....WEBP/s, "image/webp"],
  [/^RIFF....WAVE/s, "audio/wav"],
  [/^BM....\0\0\0\0/s, "image/bmp"],
  [/^(II\*\0|MM\0\*)/s, "image/tiff"],
  [/^....ftypavif/s, "image/avif"],
  [/^....ftyphei[cx]/s, "image/heic"],
  [/^....ftypmif1/s, "image/heif"],
  [/^....ftypM4A /s, "audio/mp4"],
  [/^....ftypqt {2}/s, "video/quicktime"],
  [/^....ftyp/s, "video/mp4"],
  [/^%PDF-/s, "application/pdf"],
  [/^OggS/s, "audio/ogg"],
  [/^fLaC/s, "audio/flac"],
  [/^(ID3|\xff[\xfb\xf3\xf2])/s, "audio/mpeg"],
  [/^\xff[\xf1\xf9]/s, "audio/aac"],
  [/^\x1aE\xdf\xa3/s, "video/webm"],
];

/** Finds the media type by the file's first bytes, or else by its name. */
export function mimeType(data: Uint8Array, name: string | undefined): string | undefined {
  const head = String.fromCharCode(...data.subarray(0, 16));
  const byMagic = BY_MAGIC.find(([magic]) => magic.test(head))?.[1];
  const extension = name === undefined ? undefined : /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase();
  return byMagic ?? (extension === undefined ? undefined : BY_EXTENSION[extension]);
}

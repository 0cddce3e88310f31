/** A page of a list, as every list of the contract has it. */
interface Page {
  readonly nextPageToken: string;
}

/** Reads a list page by page, each when the one before it has been read. */
export async function* pages<P extends Page, T>(
  read: (pageToken: string) => Promise<P>,
  rows: (page: P) => T[],
): AsyncGenerator<T, void, undefined> {
  let pageToken = "";
  do {
    const page = await read(pageToken);
    yield* rows(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
}

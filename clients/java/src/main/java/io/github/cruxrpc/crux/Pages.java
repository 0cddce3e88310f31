package io.github.cruxrpc.crux;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * All items of a list, whatever its pages; each page is fetched when its first item is read.
 *
 * <p>Reading throws what calls throw. Every iterator begins anew.
 *
 * @param <T> what is listed
 */
public final class Pages<T> implements Iterable<T> {
  /** A page: what it holds, and the token of the next one; empty on the last. */
  record Page<T>(List<T> items, String nextToken) {}

  private final Function<String, Page<T>> fetch;

  Pages(Function<String, Page<T>> fetch) {
    this.fetch = fetch;
  }

  /**
   * Reads all items.
   *
   * @return an iterator, which waits for each page
   */
  @Override
  public Iterator<T> iterator() {
    return new Iterator<>() {
      private Iterator<T> page = Collections.emptyIterator();
      private String token = "";
      private boolean last;

      @Override
      public boolean hasNext() {
        while (!page.hasNext() && !last) {
          Page<T> fetched = fetch.apply(token);
          page = fetched.items().iterator();
          token = fetched.nextToken();
          last = token.isEmpty();
        }
        return page.hasNext();
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return page.next();
      }
    };
  }

  /**
   * Reads all items.
   *
   * @return a sequential stream, which fetches pages as it goes
   */
  public Stream<T> stream() {
    return StreamSupport.stream(spliterator(), false);
  }
}

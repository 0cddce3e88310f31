/**
 * Client of crux, a typed gRPC contract in front of many LLM providers.
 *
 * <p>{@link io.github.cruxrpc.crux.CruxClient} is where to begin. Requests and answers are the
 * contract's own messages, of the package {@code io.github.cruxrpc.crux.v1}; this package adds the
 * connection, streams, errors, tools and structured output.
 */
@NullMarked
package io.github.cruxrpc.crux;

import org.jspecify.annotations.NullMarked;

package io.github.cruxrpc.crux;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.Iterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes calls with one answer, and tells whose doing a call's end was. */
final class Calls {
  private Calls() {}

  /** Calls and waits. Interrupting the thread cancels the call. */
  static <Q, A> A call(Channel channel, MethodDescriptor<Q, A> method, Q request) {
    return await(start(channel, method, request));
  }

  /** Calls; cancelling the future cancels the call. */
  static <Q, A> CompletableFuture<A> start(
      Channel channel, MethodDescriptor<Q, A> method, Q request) {
    ClientCall<Q, A> call = channel.newCall(method, CallOptions.DEFAULT);
    CallFuture<A> future = new CallFuture<>(call);
    call.start(new UnaryListener<>(future), new Metadata());
    send(call, request);
    // One more than is expected, so that a second message is an error and not a stall.
    call.request(2);
    return future;
  }

  /**
   * Calls, hands each answer to a consumer in this thread, and returns the last one. Interrupting
   * the thread cancels the call, and so does an exception of the consumer.
   */
  static <Q, A> A last(
      Channel channel, MethodDescriptor<Q, A> method, Q request, Consumer<? super A> consumer) {
    Context.CancellableContext context = Context.current().withCancellation();
    Context outer = context.attach();
    try {
      @Nullable A last = null;
      Iterator<A> answers =
          ClientCalls.blockingServerStreamingCall(channel, method, CallOptions.DEFAULT, request);
      while (answers.hasNext()) {
        last = answers.next();
        consumer.accept(last);
      }
      if (last == null) {
        throw Status.INTERNAL
            .withDescription("the call ended without an answer")
            .asRuntimeException();
      }
      return last;
    } catch (StatusRuntimeException failed) {
      if (cancelledBy(outer, failed.getStatus()) || Thread.currentThread().isInterrupted()) {
        CancellationException cancelled = new CancellationException("the call is cancelled");
        cancelled.initCause(failed);
        throw cancelled;
      }
      throw CruxException.from(failed);
    } finally {
      context.detach(outer);
      context.cancel(null);
    }
  }

  static <Q> void send(ClientCall<Q, ?> call, Q request) {
    try {
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException | Error thrown) {
      call.cancel("the request could not be sent", thrown);
      throw thrown;
    }
  }

  /** Waits for a future of this client, and throws what it failed with. */
  static <A> A await(CompletableFuture<A> future) {
    try {
      return future.get();
    } catch (InterruptedException interrupted) {
      future.cancel(true);
      throw interrupted(interrupted);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof CruxException error) {
        // It was made on a thread that the caller does not know; nobody else has this future.
        error.setStackTrace(new Throwable().getStackTrace());
        throw error;
      }
      if (failed.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      throw new IllegalStateException(failed.getCause());
    }
  }

  /** What an interrupted wait throws; the thread stays interrupted. */
  static CancellationException interrupted(InterruptedException interrupted) {
    Thread.currentThread().interrupt();
    CancellationException cancelled =
        new CancellationException("interrupted; the call is cancelled");
    cancelled.initCause(interrupted);
    return cancelled;
  }

  /** Tells whether the caller ended the call by cancelling the context that it began in. */
  static boolean cancelledBy(Context context, Status status) {
    return status.getCode() == Status.Code.CANCELLED && context.isCancelled();
  }

  static @Nullable Throwable cause(Status status) {
    return status.isOk() ? null : status.asRuntimeException();
  }

  private static final class CallFuture<A> extends CompletableFuture<A> {
    private final ClientCall<?, A> call;

    CallFuture(ClientCall<?, A> call) {
      this.call = call;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      boolean cancelled = super.cancel(mayInterruptIfRunning);
      if (cancelled) {
        call.cancel("cancelled by the caller", null);
      }
      return cancelled;
    }
  }

  private static final class UnaryListener<A> extends ClientCall.Listener<A> {
    private final CompletableFuture<A> future;
    private final Context context = Context.current();
    private @Nullable A answer;

    UnaryListener(CompletableFuture<A> future) {
      this.future = future;
    }

    @Override
    public void onMessage(A message) {
      answer = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      A whole = answer;
      if (status.isOk() && whole != null) {
        future.complete(whole);
      } else if (cancelledBy(context, status)) {
        future.cancel(false);
      } else {
        Status told =
            status.isOk()
                ? Status.INTERNAL.withDescription("the call ended without an answer")
                : status;
        future.completeExceptionally(
            Errors.exception(
                Errors.facts(told, trailers, CruxException.Origin.STATUS, ""), cause(status)));
      }
    }
  }
}

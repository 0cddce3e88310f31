package io.github.cruxrpc.crux.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Keeps preferences for each user of the tenant.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class PreferencesServiceGrpc {

  private PreferencesServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "crux.v1.PreferencesService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetPreferencesRequest,
      io.github.cruxrpc.crux.v1.GetPreferencesResponse> getGetPreferencesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetPreferences",
      requestType = io.github.cruxrpc.crux.v1.GetPreferencesRequest.class,
      responseType = io.github.cruxrpc.crux.v1.GetPreferencesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetPreferencesRequest,
      io.github.cruxrpc.crux.v1.GetPreferencesResponse> getGetPreferencesMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetPreferencesRequest, io.github.cruxrpc.crux.v1.GetPreferencesResponse> getGetPreferencesMethod;
    if ((getGetPreferencesMethod = PreferencesServiceGrpc.getGetPreferencesMethod) == null) {
      synchronized (PreferencesServiceGrpc.class) {
        if ((getGetPreferencesMethod = PreferencesServiceGrpc.getGetPreferencesMethod) == null) {
          PreferencesServiceGrpc.getGetPreferencesMethod = getGetPreferencesMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.GetPreferencesRequest, io.github.cruxrpc.crux.v1.GetPreferencesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetPreferences"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.GetPreferencesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.GetPreferencesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new PreferencesServiceMethodDescriptorSupplier("GetPreferences"))
              .build();
        }
      }
    }
    return getGetPreferencesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdatePreferencesRequest,
      io.github.cruxrpc.crux.v1.UpdatePreferencesResponse> getUpdatePreferencesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdatePreferences",
      requestType = io.github.cruxrpc.crux.v1.UpdatePreferencesRequest.class,
      responseType = io.github.cruxrpc.crux.v1.UpdatePreferencesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdatePreferencesRequest,
      io.github.cruxrpc.crux.v1.UpdatePreferencesResponse> getUpdatePreferencesMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdatePreferencesRequest, io.github.cruxrpc.crux.v1.UpdatePreferencesResponse> getUpdatePreferencesMethod;
    if ((getUpdatePreferencesMethod = PreferencesServiceGrpc.getUpdatePreferencesMethod) == null) {
      synchronized (PreferencesServiceGrpc.class) {
        if ((getUpdatePreferencesMethod = PreferencesServiceGrpc.getUpdatePreferencesMethod) == null) {
          PreferencesServiceGrpc.getUpdatePreferencesMethod = getUpdatePreferencesMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.UpdatePreferencesRequest, io.github.cruxrpc.crux.v1.UpdatePreferencesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdatePreferences"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.UpdatePreferencesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.UpdatePreferencesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new PreferencesServiceMethodDescriptorSupplier("UpdatePreferences"))
              .build();
        }
      }
    }
    return getUpdatePreferencesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.DeletePreferencesRequest,
      io.github.cruxrpc.crux.v1.DeletePreferencesResponse> getDeletePreferencesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeletePreferences",
      requestType = io.github.cruxrpc.crux.v1.DeletePreferencesRequest.class,
      responseType = io.github.cruxrpc.crux.v1.DeletePreferencesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.DeletePreferencesRequest,
      io.github.cruxrpc.crux.v1.DeletePreferencesResponse> getDeletePreferencesMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.DeletePreferencesRequest, io.github.cruxrpc.crux.v1.DeletePreferencesResponse> getDeletePreferencesMethod;
    if ((getDeletePreferencesMethod = PreferencesServiceGrpc.getDeletePreferencesMethod) == null) {
      synchronized (PreferencesServiceGrpc.class) {
        if ((getDeletePreferencesMethod = PreferencesServiceGrpc.getDeletePreferencesMethod) == null) {
          PreferencesServiceGrpc.getDeletePreferencesMethod = getDeletePreferencesMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.DeletePreferencesRequest, io.github.cruxrpc.crux.v1.DeletePreferencesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeletePreferences"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.DeletePreferencesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.DeletePreferencesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new PreferencesServiceMethodDescriptorSupplier("DeletePreferences"))
              .build();
        }
      }
    }
    return getDeletePreferencesMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static PreferencesServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<PreferencesServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<PreferencesServiceStub>() {
        @java.lang.Override
        public PreferencesServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new PreferencesServiceStub(channel, callOptions);
        }
      };
    return PreferencesServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static PreferencesServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<PreferencesServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<PreferencesServiceBlockingStub>() {
        @java.lang.Override
        public PreferencesServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new PreferencesServiceBlockingStub(channel, callOptions);
        }
      };
    return PreferencesServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static PreferencesServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<PreferencesServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<PreferencesServiceFutureStub>() {
        @java.lang.Override
        public PreferencesServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new PreferencesServiceFutureStub(channel, callOptions);
        }
      };
    return PreferencesServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Keeps preferences for each user of the tenant.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Returns a user's preferences; none are an empty set, not an error.
     * </pre>
     */
    default void getPreferences(io.github.cruxrpc.crux.v1.GetPreferencesRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetPreferencesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetPreferencesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Sets and removes single preferences, all or none of them.
     * </pre>
     */
    default void updatePreferences(io.github.cruxrpc.crux.v1.UpdatePreferencesRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdatePreferencesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdatePreferencesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Removes all of a user's preferences.
     * </pre>
     */
    default void deletePreferences(io.github.cruxrpc.crux.v1.DeletePreferencesRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.DeletePreferencesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeletePreferencesMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service PreferencesService.
   * <pre>
   * Keeps preferences for each user of the tenant.
   * </pre>
   */
  public static abstract class PreferencesServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return PreferencesServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service PreferencesService.
   * <pre>
   * Keeps preferences for each user of the tenant.
   * </pre>
   */
  public static final class PreferencesServiceStub
      extends io.grpc.stub.AbstractAsyncStub<PreferencesServiceStub> {
    private PreferencesServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected PreferencesServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new PreferencesServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Returns a user's preferences; none are an empty set, not an error.
     * </pre>
     */
    public void getPreferences(io.github.cruxrpc.crux.v1.GetPreferencesRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetPreferencesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetPreferencesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Sets and removes single preferences, all or none of them.
     * </pre>
     */
    public void updatePreferences(io.github.cruxrpc.crux.v1.UpdatePreferencesRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdatePreferencesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdatePreferencesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Removes all of a user's preferences.
     * </pre>
     */
    public void deletePreferences(io.github.cruxrpc.crux.v1.DeletePreferencesRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.DeletePreferencesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeletePreferencesMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service PreferencesService.
   * <pre>
   * Keeps preferences for each user of the tenant.
   * </pre>
   */
  public static final class PreferencesServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<PreferencesServiceBlockingStub> {
    private PreferencesServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected PreferencesServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new PreferencesServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Returns a user's preferences; none are an empty set, not an error.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.GetPreferencesResponse getPreferences(io.github.cruxrpc.crux.v1.GetPreferencesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetPreferencesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Sets and removes single preferences, all or none of them.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.UpdatePreferencesResponse updatePreferences(io.github.cruxrpc.crux.v1.UpdatePreferencesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdatePreferencesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Removes all of a user's preferences.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.DeletePreferencesResponse deletePreferences(io.github.cruxrpc.crux.v1.DeletePreferencesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeletePreferencesMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service PreferencesService.
   * <pre>
   * Keeps preferences for each user of the tenant.
   * </pre>
   */
  public static final class PreferencesServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<PreferencesServiceFutureStub> {
    private PreferencesServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected PreferencesServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new PreferencesServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Returns a user's preferences; none are an empty set, not an error.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.GetPreferencesResponse> getPreferences(
        io.github.cruxrpc.crux.v1.GetPreferencesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetPreferencesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Sets and removes single preferences, all or none of them.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.UpdatePreferencesResponse> updatePreferences(
        io.github.cruxrpc.crux.v1.UpdatePreferencesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdatePreferencesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Removes all of a user's preferences.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.DeletePreferencesResponse> deletePreferences(
        io.github.cruxrpc.crux.v1.DeletePreferencesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeletePreferencesMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_GET_PREFERENCES = 0;
  private static final int METHODID_UPDATE_PREFERENCES = 1;
  private static final int METHODID_DELETE_PREFERENCES = 2;

  private static final class MethodHandlers<Req, Resp> implements
      io.grpc.stub.ServerCalls.UnaryMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ServerStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ClientStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.BidiStreamingMethod<Req, Resp> {
    private final AsyncService serviceImpl;
    private final int methodId;

    MethodHandlers(AsyncService serviceImpl, int methodId) {
      this.serviceImpl = serviceImpl;
      this.methodId = methodId;
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public void invoke(Req request, io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_GET_PREFERENCES:
          serviceImpl.getPreferences((io.github.cruxrpc.crux.v1.GetPreferencesRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetPreferencesResponse>) responseObserver);
          break;
        case METHODID_UPDATE_PREFERENCES:
          serviceImpl.updatePreferences((io.github.cruxrpc.crux.v1.UpdatePreferencesRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdatePreferencesResponse>) responseObserver);
          break;
        case METHODID_DELETE_PREFERENCES:
          serviceImpl.deletePreferences((io.github.cruxrpc.crux.v1.DeletePreferencesRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.DeletePreferencesResponse>) responseObserver);
          break;
        default:
          throw new AssertionError();
      }
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public io.grpc.stub.StreamObserver<Req> invoke(
        io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getGetPreferencesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.GetPreferencesRequest,
              io.github.cruxrpc.crux.v1.GetPreferencesResponse>(
                service, METHODID_GET_PREFERENCES)))
        .addMethod(
          getUpdatePreferencesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.UpdatePreferencesRequest,
              io.github.cruxrpc.crux.v1.UpdatePreferencesResponse>(
                service, METHODID_UPDATE_PREFERENCES)))
        .addMethod(
          getDeletePreferencesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.DeletePreferencesRequest,
              io.github.cruxrpc.crux.v1.DeletePreferencesResponse>(
                service, METHODID_DELETE_PREFERENCES)))
        .build();
  }

  private static abstract class PreferencesServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    PreferencesServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return io.github.cruxrpc.crux.v1.PreferencesProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("PreferencesService");
    }
  }

  private static final class PreferencesServiceFileDescriptorSupplier
      extends PreferencesServiceBaseDescriptorSupplier {
    PreferencesServiceFileDescriptorSupplier() {}
  }

  private static final class PreferencesServiceMethodDescriptorSupplier
      extends PreferencesServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    PreferencesServiceMethodDescriptorSupplier(java.lang.String methodName) {
      this.methodName = methodName;
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return getServiceDescriptor().findMethodByName(methodName);
    }
  }

  private static volatile io.grpc.ServiceDescriptor serviceDescriptor;

  public static io.grpc.ServiceDescriptor getServiceDescriptor() {
    io.grpc.ServiceDescriptor result = serviceDescriptor;
    if (result == null) {
      synchronized (PreferencesServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new PreferencesServiceFileDescriptorSupplier())
              .addMethod(getGetPreferencesMethod())
              .addMethod(getUpdatePreferencesMethod())
              .addMethod(getDeletePreferencesMethod())
              .build();
        }
      }
    }
    return result;
  }
}

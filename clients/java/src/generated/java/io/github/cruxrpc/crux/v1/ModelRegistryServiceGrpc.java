package io.github.cruxrpc.crux.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Lists and describes models and providers.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class ModelRegistryServiceGrpc {

  private ModelRegistryServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "crux.v1.ModelRegistryService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListModelsRequest,
      io.github.cruxrpc.crux.v1.ListModelsResponse> getListModelsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListModels",
      requestType = io.github.cruxrpc.crux.v1.ListModelsRequest.class,
      responseType = io.github.cruxrpc.crux.v1.ListModelsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListModelsRequest,
      io.github.cruxrpc.crux.v1.ListModelsResponse> getListModelsMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListModelsRequest, io.github.cruxrpc.crux.v1.ListModelsResponse> getListModelsMethod;
    if ((getListModelsMethod = ModelRegistryServiceGrpc.getListModelsMethod) == null) {
      synchronized (ModelRegistryServiceGrpc.class) {
        if ((getListModelsMethod = ModelRegistryServiceGrpc.getListModelsMethod) == null) {
          ModelRegistryServiceGrpc.getListModelsMethod = getListModelsMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.ListModelsRequest, io.github.cruxrpc.crux.v1.ListModelsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListModels"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListModelsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListModelsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ModelRegistryServiceMethodDescriptorSupplier("ListModels"))
              .build();
        }
      }
    }
    return getListModelsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetModelRequest,
      io.github.cruxrpc.crux.v1.GetModelResponse> getGetModelMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetModel",
      requestType = io.github.cruxrpc.crux.v1.GetModelRequest.class,
      responseType = io.github.cruxrpc.crux.v1.GetModelResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetModelRequest,
      io.github.cruxrpc.crux.v1.GetModelResponse> getGetModelMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetModelRequest, io.github.cruxrpc.crux.v1.GetModelResponse> getGetModelMethod;
    if ((getGetModelMethod = ModelRegistryServiceGrpc.getGetModelMethod) == null) {
      synchronized (ModelRegistryServiceGrpc.class) {
        if ((getGetModelMethod = ModelRegistryServiceGrpc.getGetModelMethod) == null) {
          ModelRegistryServiceGrpc.getGetModelMethod = getGetModelMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.GetModelRequest, io.github.cruxrpc.crux.v1.GetModelResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetModel"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.GetModelRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.GetModelResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ModelRegistryServiceMethodDescriptorSupplier("GetModel"))
              .build();
        }
      }
    }
    return getGetModelMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdateModelRequest,
      io.github.cruxrpc.crux.v1.UpdateModelResponse> getUpdateModelMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateModel",
      requestType = io.github.cruxrpc.crux.v1.UpdateModelRequest.class,
      responseType = io.github.cruxrpc.crux.v1.UpdateModelResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdateModelRequest,
      io.github.cruxrpc.crux.v1.UpdateModelResponse> getUpdateModelMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdateModelRequest, io.github.cruxrpc.crux.v1.UpdateModelResponse> getUpdateModelMethod;
    if ((getUpdateModelMethod = ModelRegistryServiceGrpc.getUpdateModelMethod) == null) {
      synchronized (ModelRegistryServiceGrpc.class) {
        if ((getUpdateModelMethod = ModelRegistryServiceGrpc.getUpdateModelMethod) == null) {
          ModelRegistryServiceGrpc.getUpdateModelMethod = getUpdateModelMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.UpdateModelRequest, io.github.cruxrpc.crux.v1.UpdateModelResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateModel"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.UpdateModelRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.UpdateModelResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ModelRegistryServiceMethodDescriptorSupplier("UpdateModel"))
              .build();
        }
      }
    }
    return getUpdateModelMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RefreshModelsRequest,
      io.github.cruxrpc.crux.v1.RefreshModelsResponse> getRefreshModelsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RefreshModels",
      requestType = io.github.cruxrpc.crux.v1.RefreshModelsRequest.class,
      responseType = io.github.cruxrpc.crux.v1.RefreshModelsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RefreshModelsRequest,
      io.github.cruxrpc.crux.v1.RefreshModelsResponse> getRefreshModelsMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RefreshModelsRequest, io.github.cruxrpc.crux.v1.RefreshModelsResponse> getRefreshModelsMethod;
    if ((getRefreshModelsMethod = ModelRegistryServiceGrpc.getRefreshModelsMethod) == null) {
      synchronized (ModelRegistryServiceGrpc.class) {
        if ((getRefreshModelsMethod = ModelRegistryServiceGrpc.getRefreshModelsMethod) == null) {
          ModelRegistryServiceGrpc.getRefreshModelsMethod = getRefreshModelsMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.RefreshModelsRequest, io.github.cruxrpc.crux.v1.RefreshModelsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RefreshModels"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.RefreshModelsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.RefreshModelsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ModelRegistryServiceMethodDescriptorSupplier("RefreshModels"))
              .build();
        }
      }
    }
    return getRefreshModelsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListProvidersRequest,
      io.github.cruxrpc.crux.v1.ListProvidersResponse> getListProvidersMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListProviders",
      requestType = io.github.cruxrpc.crux.v1.ListProvidersRequest.class,
      responseType = io.github.cruxrpc.crux.v1.ListProvidersResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListProvidersRequest,
      io.github.cruxrpc.crux.v1.ListProvidersResponse> getListProvidersMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListProvidersRequest, io.github.cruxrpc.crux.v1.ListProvidersResponse> getListProvidersMethod;
    if ((getListProvidersMethod = ModelRegistryServiceGrpc.getListProvidersMethod) == null) {
      synchronized (ModelRegistryServiceGrpc.class) {
        if ((getListProvidersMethod = ModelRegistryServiceGrpc.getListProvidersMethod) == null) {
          ModelRegistryServiceGrpc.getListProvidersMethod = getListProvidersMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.ListProvidersRequest, io.github.cruxrpc.crux.v1.ListProvidersResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListProviders"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListProvidersRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListProvidersResponse.getDefaultInstance()))
              .setSchemaDescriptor(new ModelRegistryServiceMethodDescriptorSupplier("ListProviders"))
              .build();
        }
      }
    }
    return getListProvidersMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static ModelRegistryServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ModelRegistryServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ModelRegistryServiceStub>() {
        @java.lang.Override
        public ModelRegistryServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ModelRegistryServiceStub(channel, callOptions);
        }
      };
    return ModelRegistryServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static ModelRegistryServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ModelRegistryServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ModelRegistryServiceBlockingStub>() {
        @java.lang.Override
        public ModelRegistryServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ModelRegistryServiceBlockingStub(channel, callOptions);
        }
      };
    return ModelRegistryServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static ModelRegistryServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<ModelRegistryServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<ModelRegistryServiceFutureStub>() {
        @java.lang.Override
        public ModelRegistryServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new ModelRegistryServiceFutureStub(channel, callOptions);
        }
      };
    return ModelRegistryServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Lists and describes models and providers.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Lists the models the caller may use, ordered by id.
     * </pre>
     */
    default void listModels(io.github.cruxrpc.crux.v1.ListModelsRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListModelsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListModelsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Returns one model, by id or alias.
     * </pre>
     */
    default void getModel(io.github.cruxrpc.crux.v1.GetModelRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetModelResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetModelMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes what the server says and does about a model. Admins only. Survives refreshes.
     * </pre>
     */
    default void updateModel(io.github.cruxrpc.crux.v1.UpdateModelRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdateModelResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateModelMethod(), responseObserver);
    }

    /**
     * <pre>
     * Asks providers for their models now. Admins only.
     * </pre>
     */
    default void refreshModels(io.github.cruxrpc.crux.v1.RefreshModelsRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RefreshModelsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRefreshModelsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists the configured providers and how they do, ordered by id.
     * </pre>
     */
    default void listProviders(io.github.cruxrpc.crux.v1.ListProvidersRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListProvidersResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListProvidersMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service ModelRegistryService.
   * <pre>
   * Lists and describes models and providers.
   * </pre>
   */
  public static abstract class ModelRegistryServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return ModelRegistryServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service ModelRegistryService.
   * <pre>
   * Lists and describes models and providers.
   * </pre>
   */
  public static final class ModelRegistryServiceStub
      extends io.grpc.stub.AbstractAsyncStub<ModelRegistryServiceStub> {
    private ModelRegistryServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ModelRegistryServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ModelRegistryServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Lists the models the caller may use, ordered by id.
     * </pre>
     */
    public void listModels(io.github.cruxrpc.crux.v1.ListModelsRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListModelsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListModelsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Returns one model, by id or alias.
     * </pre>
     */
    public void getModel(io.github.cruxrpc.crux.v1.GetModelRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetModelResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetModelMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes what the server says and does about a model. Admins only. Survives refreshes.
     * </pre>
     */
    public void updateModel(io.github.cruxrpc.crux.v1.UpdateModelRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdateModelResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateModelMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Asks providers for their models now. Admins only.
     * </pre>
     */
    public void refreshModels(io.github.cruxrpc.crux.v1.RefreshModelsRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RefreshModelsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRefreshModelsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists the configured providers and how they do, ordered by id.
     * </pre>
     */
    public void listProviders(io.github.cruxrpc.crux.v1.ListProvidersRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListProvidersResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListProvidersMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service ModelRegistryService.
   * <pre>
   * Lists and describes models and providers.
   * </pre>
   */
  public static final class ModelRegistryServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<ModelRegistryServiceBlockingStub> {
    private ModelRegistryServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ModelRegistryServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ModelRegistryServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Lists the models the caller may use, ordered by id.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.ListModelsResponse listModels(io.github.cruxrpc.crux.v1.ListModelsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListModelsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns one model, by id or alias.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.GetModelResponse getModel(io.github.cruxrpc.crux.v1.GetModelRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetModelMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes what the server says and does about a model. Admins only. Survives refreshes.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.UpdateModelResponse updateModel(io.github.cruxrpc.crux.v1.UpdateModelRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateModelMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Asks providers for their models now. Admins only.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.RefreshModelsResponse refreshModels(io.github.cruxrpc.crux.v1.RefreshModelsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRefreshModelsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the configured providers and how they do, ordered by id.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.ListProvidersResponse listProviders(io.github.cruxrpc.crux.v1.ListProvidersRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListProvidersMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service ModelRegistryService.
   * <pre>
   * Lists and describes models and providers.
   * </pre>
   */
  public static final class ModelRegistryServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<ModelRegistryServiceFutureStub> {
    private ModelRegistryServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected ModelRegistryServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new ModelRegistryServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Lists the models the caller may use, ordered by id.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.ListModelsResponse> listModels(
        io.github.cruxrpc.crux.v1.ListModelsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListModelsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Returns one model, by id or alias.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.GetModelResponse> getModel(
        io.github.cruxrpc.crux.v1.GetModelRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetModelMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes what the server says and does about a model. Admins only. Survives refreshes.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.UpdateModelResponse> updateModel(
        io.github.cruxrpc.crux.v1.UpdateModelRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateModelMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Asks providers for their models now. Admins only.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.RefreshModelsResponse> refreshModels(
        io.github.cruxrpc.crux.v1.RefreshModelsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRefreshModelsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists the configured providers and how they do, ordered by id.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.ListProvidersResponse> listProviders(
        io.github.cruxrpc.crux.v1.ListProvidersRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListProvidersMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_LIST_MODELS = 0;
  private static final int METHODID_GET_MODEL = 1;
  private static final int METHODID_UPDATE_MODEL = 2;
  private static final int METHODID_REFRESH_MODELS = 3;
  private static final int METHODID_LIST_PROVIDERS = 4;

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
        case METHODID_LIST_MODELS:
          serviceImpl.listModels((io.github.cruxrpc.crux.v1.ListModelsRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListModelsResponse>) responseObserver);
          break;
        case METHODID_GET_MODEL:
          serviceImpl.getModel((io.github.cruxrpc.crux.v1.GetModelRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetModelResponse>) responseObserver);
          break;
        case METHODID_UPDATE_MODEL:
          serviceImpl.updateModel((io.github.cruxrpc.crux.v1.UpdateModelRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdateModelResponse>) responseObserver);
          break;
        case METHODID_REFRESH_MODELS:
          serviceImpl.refreshModels((io.github.cruxrpc.crux.v1.RefreshModelsRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RefreshModelsResponse>) responseObserver);
          break;
        case METHODID_LIST_PROVIDERS:
          serviceImpl.listProviders((io.github.cruxrpc.crux.v1.ListProvidersRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListProvidersResponse>) responseObserver);
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
          getListModelsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.ListModelsRequest,
              io.github.cruxrpc.crux.v1.ListModelsResponse>(
                service, METHODID_LIST_MODELS)))
        .addMethod(
          getGetModelMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.GetModelRequest,
              io.github.cruxrpc.crux.v1.GetModelResponse>(
                service, METHODID_GET_MODEL)))
        .addMethod(
          getUpdateModelMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.UpdateModelRequest,
              io.github.cruxrpc.crux.v1.UpdateModelResponse>(
                service, METHODID_UPDATE_MODEL)))
        .addMethod(
          getRefreshModelsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.RefreshModelsRequest,
              io.github.cruxrpc.crux.v1.RefreshModelsResponse>(
                service, METHODID_REFRESH_MODELS)))
        .addMethod(
          getListProvidersMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.ListProvidersRequest,
              io.github.cruxrpc.crux.v1.ListProvidersResponse>(
                service, METHODID_LIST_PROVIDERS)))
        .build();
  }

  private static abstract class ModelRegistryServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    ModelRegistryServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return io.github.cruxrpc.crux.v1.ModelsProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("ModelRegistryService");
    }
  }

  private static final class ModelRegistryServiceFileDescriptorSupplier
      extends ModelRegistryServiceBaseDescriptorSupplier {
    ModelRegistryServiceFileDescriptorSupplier() {}
  }

  private static final class ModelRegistryServiceMethodDescriptorSupplier
      extends ModelRegistryServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    ModelRegistryServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (ModelRegistryServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new ModelRegistryServiceFileDescriptorSupplier())
              .addMethod(getListModelsMethod())
              .addMethod(getGetModelMethod())
              .addMethod(getUpdateModelMethod())
              .addMethod(getRefreshModelsMethod())
              .addMethod(getListProvidersMethod())
              .build();
        }
      }
    }
    return result;
  }
}

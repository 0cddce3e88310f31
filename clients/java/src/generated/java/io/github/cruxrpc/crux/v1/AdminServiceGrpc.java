package io.github.cruxrpc.crux.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Manages tenants and API tokens. Needs the scope "admin"; a token of a tenant with the scope
 * "tokens" may manage that tenant's tokens.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class AdminServiceGrpc {

  private AdminServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "crux.v1.AdminService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.CreateTenantRequest,
      io.github.cruxrpc.crux.v1.CreateTenantResponse> getCreateTenantMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateTenant",
      requestType = io.github.cruxrpc.crux.v1.CreateTenantRequest.class,
      responseType = io.github.cruxrpc.crux.v1.CreateTenantResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.CreateTenantRequest,
      io.github.cruxrpc.crux.v1.CreateTenantResponse> getCreateTenantMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.CreateTenantRequest, io.github.cruxrpc.crux.v1.CreateTenantResponse> getCreateTenantMethod;
    if ((getCreateTenantMethod = AdminServiceGrpc.getCreateTenantMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getCreateTenantMethod = AdminServiceGrpc.getCreateTenantMethod) == null) {
          AdminServiceGrpc.getCreateTenantMethod = getCreateTenantMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.CreateTenantRequest, io.github.cruxrpc.crux.v1.CreateTenantResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateTenant"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.CreateTenantRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.CreateTenantResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("CreateTenant"))
              .build();
        }
      }
    }
    return getCreateTenantMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetTenantRequest,
      io.github.cruxrpc.crux.v1.GetTenantResponse> getGetTenantMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetTenant",
      requestType = io.github.cruxrpc.crux.v1.GetTenantRequest.class,
      responseType = io.github.cruxrpc.crux.v1.GetTenantResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetTenantRequest,
      io.github.cruxrpc.crux.v1.GetTenantResponse> getGetTenantMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetTenantRequest, io.github.cruxrpc.crux.v1.GetTenantResponse> getGetTenantMethod;
    if ((getGetTenantMethod = AdminServiceGrpc.getGetTenantMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getGetTenantMethod = AdminServiceGrpc.getGetTenantMethod) == null) {
          AdminServiceGrpc.getGetTenantMethod = getGetTenantMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.GetTenantRequest, io.github.cruxrpc.crux.v1.GetTenantResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetTenant"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.GetTenantRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.GetTenantResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("GetTenant"))
              .build();
        }
      }
    }
    return getGetTenantMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListTenantsRequest,
      io.github.cruxrpc.crux.v1.ListTenantsResponse> getListTenantsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListTenants",
      requestType = io.github.cruxrpc.crux.v1.ListTenantsRequest.class,
      responseType = io.github.cruxrpc.crux.v1.ListTenantsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListTenantsRequest,
      io.github.cruxrpc.crux.v1.ListTenantsResponse> getListTenantsMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListTenantsRequest, io.github.cruxrpc.crux.v1.ListTenantsResponse> getListTenantsMethod;
    if ((getListTenantsMethod = AdminServiceGrpc.getListTenantsMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getListTenantsMethod = AdminServiceGrpc.getListTenantsMethod) == null) {
          AdminServiceGrpc.getListTenantsMethod = getListTenantsMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.ListTenantsRequest, io.github.cruxrpc.crux.v1.ListTenantsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListTenants"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListTenantsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListTenantsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("ListTenants"))
              .build();
        }
      }
    }
    return getListTenantsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdateTenantRequest,
      io.github.cruxrpc.crux.v1.UpdateTenantResponse> getUpdateTenantMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateTenant",
      requestType = io.github.cruxrpc.crux.v1.UpdateTenantRequest.class,
      responseType = io.github.cruxrpc.crux.v1.UpdateTenantResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdateTenantRequest,
      io.github.cruxrpc.crux.v1.UpdateTenantResponse> getUpdateTenantMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdateTenantRequest, io.github.cruxrpc.crux.v1.UpdateTenantResponse> getUpdateTenantMethod;
    if ((getUpdateTenantMethod = AdminServiceGrpc.getUpdateTenantMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getUpdateTenantMethod = AdminServiceGrpc.getUpdateTenantMethod) == null) {
          AdminServiceGrpc.getUpdateTenantMethod = getUpdateTenantMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.UpdateTenantRequest, io.github.cruxrpc.crux.v1.UpdateTenantResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateTenant"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.UpdateTenantRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.UpdateTenantResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("UpdateTenant"))
              .build();
        }
      }
    }
    return getUpdateTenantMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.DeleteTenantRequest,
      io.github.cruxrpc.crux.v1.DeleteTenantResponse> getDeleteTenantMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteTenant",
      requestType = io.github.cruxrpc.crux.v1.DeleteTenantRequest.class,
      responseType = io.github.cruxrpc.crux.v1.DeleteTenantResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.DeleteTenantRequest,
      io.github.cruxrpc.crux.v1.DeleteTenantResponse> getDeleteTenantMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.DeleteTenantRequest, io.github.cruxrpc.crux.v1.DeleteTenantResponse> getDeleteTenantMethod;
    if ((getDeleteTenantMethod = AdminServiceGrpc.getDeleteTenantMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getDeleteTenantMethod = AdminServiceGrpc.getDeleteTenantMethod) == null) {
          AdminServiceGrpc.getDeleteTenantMethod = getDeleteTenantMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.DeleteTenantRequest, io.github.cruxrpc.crux.v1.DeleteTenantResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteTenant"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.DeleteTenantRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.DeleteTenantResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("DeleteTenant"))
              .build();
        }
      }
    }
    return getDeleteTenantMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.CreateApiTokenRequest,
      io.github.cruxrpc.crux.v1.CreateApiTokenResponse> getCreateApiTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateApiToken",
      requestType = io.github.cruxrpc.crux.v1.CreateApiTokenRequest.class,
      responseType = io.github.cruxrpc.crux.v1.CreateApiTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.CreateApiTokenRequest,
      io.github.cruxrpc.crux.v1.CreateApiTokenResponse> getCreateApiTokenMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.CreateApiTokenRequest, io.github.cruxrpc.crux.v1.CreateApiTokenResponse> getCreateApiTokenMethod;
    if ((getCreateApiTokenMethod = AdminServiceGrpc.getCreateApiTokenMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getCreateApiTokenMethod = AdminServiceGrpc.getCreateApiTokenMethod) == null) {
          AdminServiceGrpc.getCreateApiTokenMethod = getCreateApiTokenMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.CreateApiTokenRequest, io.github.cruxrpc.crux.v1.CreateApiTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateApiToken"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.CreateApiTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.CreateApiTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("CreateApiToken"))
              .build();
        }
      }
    }
    return getCreateApiTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListApiTokensRequest,
      io.github.cruxrpc.crux.v1.ListApiTokensResponse> getListApiTokensMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListApiTokens",
      requestType = io.github.cruxrpc.crux.v1.ListApiTokensRequest.class,
      responseType = io.github.cruxrpc.crux.v1.ListApiTokensResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListApiTokensRequest,
      io.github.cruxrpc.crux.v1.ListApiTokensResponse> getListApiTokensMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListApiTokensRequest, io.github.cruxrpc.crux.v1.ListApiTokensResponse> getListApiTokensMethod;
    if ((getListApiTokensMethod = AdminServiceGrpc.getListApiTokensMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getListApiTokensMethod = AdminServiceGrpc.getListApiTokensMethod) == null) {
          AdminServiceGrpc.getListApiTokensMethod = getListApiTokensMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.ListApiTokensRequest, io.github.cruxrpc.crux.v1.ListApiTokensResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListApiTokens"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListApiTokensRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListApiTokensResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("ListApiTokens"))
              .build();
        }
      }
    }
    return getListApiTokensMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RevokeApiTokenRequest,
      io.github.cruxrpc.crux.v1.RevokeApiTokenResponse> getRevokeApiTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RevokeApiToken",
      requestType = io.github.cruxrpc.crux.v1.RevokeApiTokenRequest.class,
      responseType = io.github.cruxrpc.crux.v1.RevokeApiTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RevokeApiTokenRequest,
      io.github.cruxrpc.crux.v1.RevokeApiTokenResponse> getRevokeApiTokenMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RevokeApiTokenRequest, io.github.cruxrpc.crux.v1.RevokeApiTokenResponse> getRevokeApiTokenMethod;
    if ((getRevokeApiTokenMethod = AdminServiceGrpc.getRevokeApiTokenMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getRevokeApiTokenMethod = AdminServiceGrpc.getRevokeApiTokenMethod) == null) {
          AdminServiceGrpc.getRevokeApiTokenMethod = getRevokeApiTokenMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.RevokeApiTokenRequest, io.github.cruxrpc.crux.v1.RevokeApiTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RevokeApiToken"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.RevokeApiTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.RevokeApiTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("RevokeApiToken"))
              .build();
        }
      }
    }
    return getRevokeApiTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListAuditRecordsRequest,
      io.github.cruxrpc.crux.v1.ListAuditRecordsResponse> getListAuditRecordsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListAuditRecords",
      requestType = io.github.cruxrpc.crux.v1.ListAuditRecordsRequest.class,
      responseType = io.github.cruxrpc.crux.v1.ListAuditRecordsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListAuditRecordsRequest,
      io.github.cruxrpc.crux.v1.ListAuditRecordsResponse> getListAuditRecordsMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListAuditRecordsRequest, io.github.cruxrpc.crux.v1.ListAuditRecordsResponse> getListAuditRecordsMethod;
    if ((getListAuditRecordsMethod = AdminServiceGrpc.getListAuditRecordsMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getListAuditRecordsMethod = AdminServiceGrpc.getListAuditRecordsMethod) == null) {
          AdminServiceGrpc.getListAuditRecordsMethod = getListAuditRecordsMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.ListAuditRecordsRequest, io.github.cruxrpc.crux.v1.ListAuditRecordsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListAuditRecords"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListAuditRecordsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListAuditRecordsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("ListAuditRecords"))
              .build();
        }
      }
    }
    return getListAuditRecordsMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static AdminServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AdminServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AdminServiceStub>() {
        @java.lang.Override
        public AdminServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AdminServiceStub(channel, callOptions);
        }
      };
    return AdminServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static AdminServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AdminServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AdminServiceBlockingStub>() {
        @java.lang.Override
        public AdminServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AdminServiceBlockingStub(channel, callOptions);
        }
      };
    return AdminServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static AdminServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AdminServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AdminServiceFutureStub>() {
        @java.lang.Override
        public AdminServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AdminServiceFutureStub(channel, callOptions);
        }
      };
    return AdminServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Manages tenants and API tokens. Needs the scope "admin"; a token of a tenant with the scope
   * "tokens" may manage that tenant's tokens.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Creates a tenant.
     * </pre>
     */
    default void createTenant(io.github.cruxrpc.crux.v1.CreateTenantRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.CreateTenantResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateTenantMethod(), responseObserver);
    }

    /**
     * <pre>
     * Returns a tenant.
     * </pre>
     */
    default void getTenant(io.github.cruxrpc.crux.v1.GetTenantRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetTenantResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetTenantMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists tenants, ordered by id.
     * </pre>
     */
    default void listTenants(io.github.cruxrpc.crux.v1.ListTenantsRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListTenantsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListTenantsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes a tenant. In force for calls that start after the response.
     * </pre>
     */
    default void updateTenant(io.github.cruxrpc.crux.v1.UpdateTenantRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdateTenantResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateTenantMethod(), responseObserver);
    }

    /**
     * <pre>
     * Deletes a tenant with its tokens, keys, logs and preferences. The tenant "local", whose callers
     * need no token, stays.
     * </pre>
     */
    default void deleteTenant(io.github.cruxrpc.crux.v1.DeleteTenantRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.DeleteTenantResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteTenantMethod(), responseObserver);
    }

    /**
     * <pre>
     * Creates a token and returns its secret, this once.
     * </pre>
     */
    default void createApiToken(io.github.cruxrpc.crux.v1.CreateApiTokenRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.CreateApiTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateApiTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists tokens, ordered by id.
     * </pre>
     */
    default void listApiTokens(io.github.cruxrpc.crux.v1.ListApiTokensRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListApiTokensResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListApiTokensMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a token at once, on every server of the database within a second. Calls that run go on.
     * </pre>
     */
    default void revokeApiToken(io.github.cruxrpc.crux.v1.RevokeApiTokenRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RevokeApiTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRevokeApiTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists the operations on tenants, tokens and keys, latest first, whatever came of them. Records
     * are never changed, nor deleted with the tenant.
     * </pre>
     */
    default void listAuditRecords(io.github.cruxrpc.crux.v1.ListAuditRecordsRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListAuditRecordsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListAuditRecordsMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service AdminService.
   * <pre>
   * Manages tenants and API tokens. Needs the scope "admin"; a token of a tenant with the scope
   * "tokens" may manage that tenant's tokens.
   * </pre>
   */
  public static abstract class AdminServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return AdminServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service AdminService.
   * <pre>
   * Manages tenants and API tokens. Needs the scope "admin"; a token of a tenant with the scope
   * "tokens" may manage that tenant's tokens.
   * </pre>
   */
  public static final class AdminServiceStub
      extends io.grpc.stub.AbstractAsyncStub<AdminServiceStub> {
    private AdminServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AdminServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AdminServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a tenant.
     * </pre>
     */
    public void createTenant(io.github.cruxrpc.crux.v1.CreateTenantRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.CreateTenantResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateTenantMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Returns a tenant.
     * </pre>
     */
    public void getTenant(io.github.cruxrpc.crux.v1.GetTenantRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetTenantResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetTenantMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists tenants, ordered by id.
     * </pre>
     */
    public void listTenants(io.github.cruxrpc.crux.v1.ListTenantsRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListTenantsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListTenantsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes a tenant. In force for calls that start after the response.
     * </pre>
     */
    public void updateTenant(io.github.cruxrpc.crux.v1.UpdateTenantRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdateTenantResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateTenantMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Deletes a tenant with its tokens, keys, logs and preferences. The tenant "local", whose callers
     * need no token, stays.
     * </pre>
     */
    public void deleteTenant(io.github.cruxrpc.crux.v1.DeleteTenantRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.DeleteTenantResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteTenantMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Creates a token and returns its secret, this once.
     * </pre>
     */
    public void createApiToken(io.github.cruxrpc.crux.v1.CreateApiTokenRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.CreateApiTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateApiTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists tokens, ordered by id.
     * </pre>
     */
    public void listApiTokens(io.github.cruxrpc.crux.v1.ListApiTokensRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListApiTokensResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListApiTokensMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a token at once, on every server of the database within a second. Calls that run go on.
     * </pre>
     */
    public void revokeApiToken(io.github.cruxrpc.crux.v1.RevokeApiTokenRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RevokeApiTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRevokeApiTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists the operations on tenants, tokens and keys, latest first, whatever came of them. Records
     * are never changed, nor deleted with the tenant.
     * </pre>
     */
    public void listAuditRecords(io.github.cruxrpc.crux.v1.ListAuditRecordsRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListAuditRecordsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListAuditRecordsMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service AdminService.
   * <pre>
   * Manages tenants and API tokens. Needs the scope "admin"; a token of a tenant with the scope
   * "tokens" may manage that tenant's tokens.
   * </pre>
   */
  public static final class AdminServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<AdminServiceBlockingStub> {
    private AdminServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AdminServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AdminServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a tenant.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.CreateTenantResponse createTenant(io.github.cruxrpc.crux.v1.CreateTenantRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateTenantMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns a tenant.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.GetTenantResponse getTenant(io.github.cruxrpc.crux.v1.GetTenantRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetTenantMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists tenants, ordered by id.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.ListTenantsResponse listTenants(io.github.cruxrpc.crux.v1.ListTenantsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListTenantsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes a tenant. In force for calls that start after the response.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.UpdateTenantResponse updateTenant(io.github.cruxrpc.crux.v1.UpdateTenantRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateTenantMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Deletes a tenant with its tokens, keys, logs and preferences. The tenant "local", whose callers
     * need no token, stays.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.DeleteTenantResponse deleteTenant(io.github.cruxrpc.crux.v1.DeleteTenantRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteTenantMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Creates a token and returns its secret, this once.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.CreateApiTokenResponse createApiToken(io.github.cruxrpc.crux.v1.CreateApiTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateApiTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists tokens, ordered by id.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.ListApiTokensResponse listApiTokens(io.github.cruxrpc.crux.v1.ListApiTokensRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListApiTokensMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a token at once, on every server of the database within a second. Calls that run go on.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.RevokeApiTokenResponse revokeApiToken(io.github.cruxrpc.crux.v1.RevokeApiTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRevokeApiTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the operations on tenants, tokens and keys, latest first, whatever came of them. Records
     * are never changed, nor deleted with the tenant.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.ListAuditRecordsResponse listAuditRecords(io.github.cruxrpc.crux.v1.ListAuditRecordsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListAuditRecordsMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service AdminService.
   * <pre>
   * Manages tenants and API tokens. Needs the scope "admin"; a token of a tenant with the scope
   * "tokens" may manage that tenant's tokens.
   * </pre>
   */
  public static final class AdminServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<AdminServiceFutureStub> {
    private AdminServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AdminServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AdminServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Creates a tenant.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.CreateTenantResponse> createTenant(
        io.github.cruxrpc.crux.v1.CreateTenantRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateTenantMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Returns a tenant.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.GetTenantResponse> getTenant(
        io.github.cruxrpc.crux.v1.GetTenantRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetTenantMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists tenants, ordered by id.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.ListTenantsResponse> listTenants(
        io.github.cruxrpc.crux.v1.ListTenantsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListTenantsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes a tenant. In force for calls that start after the response.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.UpdateTenantResponse> updateTenant(
        io.github.cruxrpc.crux.v1.UpdateTenantRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateTenantMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Deletes a tenant with its tokens, keys, logs and preferences. The tenant "local", whose callers
     * need no token, stays.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.DeleteTenantResponse> deleteTenant(
        io.github.cruxrpc.crux.v1.DeleteTenantRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteTenantMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Creates a token and returns its secret, this once.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.CreateApiTokenResponse> createApiToken(
        io.github.cruxrpc.crux.v1.CreateApiTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateApiTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists tokens, ordered by id.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.ListApiTokensResponse> listApiTokens(
        io.github.cruxrpc.crux.v1.ListApiTokensRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListApiTokensMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a token at once, on every server of the database within a second. Calls that run go on.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.RevokeApiTokenResponse> revokeApiToken(
        io.github.cruxrpc.crux.v1.RevokeApiTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRevokeApiTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists the operations on tenants, tokens and keys, latest first, whatever came of them. Records
     * are never changed, nor deleted with the tenant.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.ListAuditRecordsResponse> listAuditRecords(
        io.github.cruxrpc.crux.v1.ListAuditRecordsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListAuditRecordsMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_CREATE_TENANT = 0;
  private static final int METHODID_GET_TENANT = 1;
  private static final int METHODID_LIST_TENANTS = 2;
  private static final int METHODID_UPDATE_TENANT = 3;
  private static final int METHODID_DELETE_TENANT = 4;
  private static final int METHODID_CREATE_API_TOKEN = 5;
  private static final int METHODID_LIST_API_TOKENS = 6;
  private static final int METHODID_REVOKE_API_TOKEN = 7;
  private static final int METHODID_LIST_AUDIT_RECORDS = 8;

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
        case METHODID_CREATE_TENANT:
          serviceImpl.createTenant((io.github.cruxrpc.crux.v1.CreateTenantRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.CreateTenantResponse>) responseObserver);
          break;
        case METHODID_GET_TENANT:
          serviceImpl.getTenant((io.github.cruxrpc.crux.v1.GetTenantRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetTenantResponse>) responseObserver);
          break;
        case METHODID_LIST_TENANTS:
          serviceImpl.listTenants((io.github.cruxrpc.crux.v1.ListTenantsRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListTenantsResponse>) responseObserver);
          break;
        case METHODID_UPDATE_TENANT:
          serviceImpl.updateTenant((io.github.cruxrpc.crux.v1.UpdateTenantRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdateTenantResponse>) responseObserver);
          break;
        case METHODID_DELETE_TENANT:
          serviceImpl.deleteTenant((io.github.cruxrpc.crux.v1.DeleteTenantRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.DeleteTenantResponse>) responseObserver);
          break;
        case METHODID_CREATE_API_TOKEN:
          serviceImpl.createApiToken((io.github.cruxrpc.crux.v1.CreateApiTokenRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.CreateApiTokenResponse>) responseObserver);
          break;
        case METHODID_LIST_API_TOKENS:
          serviceImpl.listApiTokens((io.github.cruxrpc.crux.v1.ListApiTokensRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListApiTokensResponse>) responseObserver);
          break;
        case METHODID_REVOKE_API_TOKEN:
          serviceImpl.revokeApiToken((io.github.cruxrpc.crux.v1.RevokeApiTokenRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RevokeApiTokenResponse>) responseObserver);
          break;
        case METHODID_LIST_AUDIT_RECORDS:
          serviceImpl.listAuditRecords((io.github.cruxrpc.crux.v1.ListAuditRecordsRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListAuditRecordsResponse>) responseObserver);
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
          getCreateTenantMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.CreateTenantRequest,
              io.github.cruxrpc.crux.v1.CreateTenantResponse>(
                service, METHODID_CREATE_TENANT)))
        .addMethod(
          getGetTenantMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.GetTenantRequest,
              io.github.cruxrpc.crux.v1.GetTenantResponse>(
                service, METHODID_GET_TENANT)))
        .addMethod(
          getListTenantsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.ListTenantsRequest,
              io.github.cruxrpc.crux.v1.ListTenantsResponse>(
                service, METHODID_LIST_TENANTS)))
        .addMethod(
          getUpdateTenantMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.UpdateTenantRequest,
              io.github.cruxrpc.crux.v1.UpdateTenantResponse>(
                service, METHODID_UPDATE_TENANT)))
        .addMethod(
          getDeleteTenantMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.DeleteTenantRequest,
              io.github.cruxrpc.crux.v1.DeleteTenantResponse>(
                service, METHODID_DELETE_TENANT)))
        .addMethod(
          getCreateApiTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.CreateApiTokenRequest,
              io.github.cruxrpc.crux.v1.CreateApiTokenResponse>(
                service, METHODID_CREATE_API_TOKEN)))
        .addMethod(
          getListApiTokensMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.ListApiTokensRequest,
              io.github.cruxrpc.crux.v1.ListApiTokensResponse>(
                service, METHODID_LIST_API_TOKENS)))
        .addMethod(
          getRevokeApiTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.RevokeApiTokenRequest,
              io.github.cruxrpc.crux.v1.RevokeApiTokenResponse>(
                service, METHODID_REVOKE_API_TOKEN)))
        .addMethod(
          getListAuditRecordsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.ListAuditRecordsRequest,
              io.github.cruxrpc.crux.v1.ListAuditRecordsResponse>(
                service, METHODID_LIST_AUDIT_RECORDS)))
        .build();
  }

  private static abstract class AdminServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    AdminServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return io.github.cruxrpc.crux.v1.AdminProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("AdminService");
    }
  }

  private static final class AdminServiceFileDescriptorSupplier
      extends AdminServiceBaseDescriptorSupplier {
    AdminServiceFileDescriptorSupplier() {}
  }

  private static final class AdminServiceMethodDescriptorSupplier
      extends AdminServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    AdminServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (AdminServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new AdminServiceFileDescriptorSupplier())
              .addMethod(getCreateTenantMethod())
              .addMethod(getGetTenantMethod())
              .addMethod(getListTenantsMethod())
              .addMethod(getUpdateTenantMethod())
              .addMethod(getDeleteTenantMethod())
              .addMethod(getCreateApiTokenMethod())
              .addMethod(getListApiTokensMethod())
              .addMethod(getRevokeApiTokenMethod())
              .addMethod(getListAuditRecordsMethod())
              .build();
        }
      }
    }
    return result;
  }
}

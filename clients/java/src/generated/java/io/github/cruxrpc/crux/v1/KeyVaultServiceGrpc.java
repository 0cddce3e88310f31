package io.github.cruxrpc.crux.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Keeps providers' API keys. What comes from the server's environment or configuration is shown to admins, and every
 * change of it refused with INVALID_STATE.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class KeyVaultServiceGrpc {

  private KeyVaultServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "crux.v1.KeyVaultService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.CreateKeyRequest,
      io.github.cruxrpc.crux.v1.CreateKeyResponse> getCreateKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CreateKey",
      requestType = io.github.cruxrpc.crux.v1.CreateKeyRequest.class,
      responseType = io.github.cruxrpc.crux.v1.CreateKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.CreateKeyRequest,
      io.github.cruxrpc.crux.v1.CreateKeyResponse> getCreateKeyMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.CreateKeyRequest, io.github.cruxrpc.crux.v1.CreateKeyResponse> getCreateKeyMethod;
    if ((getCreateKeyMethod = KeyVaultServiceGrpc.getCreateKeyMethod) == null) {
      synchronized (KeyVaultServiceGrpc.class) {
        if ((getCreateKeyMethod = KeyVaultServiceGrpc.getCreateKeyMethod) == null) {
          KeyVaultServiceGrpc.getCreateKeyMethod = getCreateKeyMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.CreateKeyRequest, io.github.cruxrpc.crux.v1.CreateKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CreateKey"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.CreateKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.CreateKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyVaultServiceMethodDescriptorSupplier("CreateKey"))
              .build();
        }
      }
    }
    return getCreateKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetKeyRequest,
      io.github.cruxrpc.crux.v1.GetKeyResponse> getGetKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetKey",
      requestType = io.github.cruxrpc.crux.v1.GetKeyRequest.class,
      responseType = io.github.cruxrpc.crux.v1.GetKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetKeyRequest,
      io.github.cruxrpc.crux.v1.GetKeyResponse> getGetKeyMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.GetKeyRequest, io.github.cruxrpc.crux.v1.GetKeyResponse> getGetKeyMethod;
    if ((getGetKeyMethod = KeyVaultServiceGrpc.getGetKeyMethod) == null) {
      synchronized (KeyVaultServiceGrpc.class) {
        if ((getGetKeyMethod = KeyVaultServiceGrpc.getGetKeyMethod) == null) {
          KeyVaultServiceGrpc.getGetKeyMethod = getGetKeyMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.GetKeyRequest, io.github.cruxrpc.crux.v1.GetKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetKey"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.GetKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.GetKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyVaultServiceMethodDescriptorSupplier("GetKey"))
              .build();
        }
      }
    }
    return getGetKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListKeysRequest,
      io.github.cruxrpc.crux.v1.ListKeysResponse> getListKeysMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListKeys",
      requestType = io.github.cruxrpc.crux.v1.ListKeysRequest.class,
      responseType = io.github.cruxrpc.crux.v1.ListKeysResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListKeysRequest,
      io.github.cruxrpc.crux.v1.ListKeysResponse> getListKeysMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.ListKeysRequest, io.github.cruxrpc.crux.v1.ListKeysResponse> getListKeysMethod;
    if ((getListKeysMethod = KeyVaultServiceGrpc.getListKeysMethod) == null) {
      synchronized (KeyVaultServiceGrpc.class) {
        if ((getListKeysMethod = KeyVaultServiceGrpc.getListKeysMethod) == null) {
          KeyVaultServiceGrpc.getListKeysMethod = getListKeysMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.ListKeysRequest, io.github.cruxrpc.crux.v1.ListKeysResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListKeys"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListKeysRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.ListKeysResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyVaultServiceMethodDescriptorSupplier("ListKeys"))
              .build();
        }
      }
    }
    return getListKeysMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdateKeyRequest,
      io.github.cruxrpc.crux.v1.UpdateKeyResponse> getUpdateKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UpdateKey",
      requestType = io.github.cruxrpc.crux.v1.UpdateKeyRequest.class,
      responseType = io.github.cruxrpc.crux.v1.UpdateKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdateKeyRequest,
      io.github.cruxrpc.crux.v1.UpdateKeyResponse> getUpdateKeyMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.UpdateKeyRequest, io.github.cruxrpc.crux.v1.UpdateKeyResponse> getUpdateKeyMethod;
    if ((getUpdateKeyMethod = KeyVaultServiceGrpc.getUpdateKeyMethod) == null) {
      synchronized (KeyVaultServiceGrpc.class) {
        if ((getUpdateKeyMethod = KeyVaultServiceGrpc.getUpdateKeyMethod) == null) {
          KeyVaultServiceGrpc.getUpdateKeyMethod = getUpdateKeyMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.UpdateKeyRequest, io.github.cruxrpc.crux.v1.UpdateKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UpdateKey"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.UpdateKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.UpdateKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyVaultServiceMethodDescriptorSupplier("UpdateKey"))
              .build();
        }
      }
    }
    return getUpdateKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RotateKeyRequest,
      io.github.cruxrpc.crux.v1.RotateKeyResponse> getRotateKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RotateKey",
      requestType = io.github.cruxrpc.crux.v1.RotateKeyRequest.class,
      responseType = io.github.cruxrpc.crux.v1.RotateKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RotateKeyRequest,
      io.github.cruxrpc.crux.v1.RotateKeyResponse> getRotateKeyMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RotateKeyRequest, io.github.cruxrpc.crux.v1.RotateKeyResponse> getRotateKeyMethod;
    if ((getRotateKeyMethod = KeyVaultServiceGrpc.getRotateKeyMethod) == null) {
      synchronized (KeyVaultServiceGrpc.class) {
        if ((getRotateKeyMethod = KeyVaultServiceGrpc.getRotateKeyMethod) == null) {
          KeyVaultServiceGrpc.getRotateKeyMethod = getRotateKeyMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.RotateKeyRequest, io.github.cruxrpc.crux.v1.RotateKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RotateKey"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.RotateKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.RotateKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyVaultServiceMethodDescriptorSupplier("RotateKey"))
              .build();
        }
      }
    }
    return getRotateKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.SetKeyStateRequest,
      io.github.cruxrpc.crux.v1.SetKeyStateResponse> getSetKeyStateMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "SetKeyState",
      requestType = io.github.cruxrpc.crux.v1.SetKeyStateRequest.class,
      responseType = io.github.cruxrpc.crux.v1.SetKeyStateResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.SetKeyStateRequest,
      io.github.cruxrpc.crux.v1.SetKeyStateResponse> getSetKeyStateMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.SetKeyStateRequest, io.github.cruxrpc.crux.v1.SetKeyStateResponse> getSetKeyStateMethod;
    if ((getSetKeyStateMethod = KeyVaultServiceGrpc.getSetKeyStateMethod) == null) {
      synchronized (KeyVaultServiceGrpc.class) {
        if ((getSetKeyStateMethod = KeyVaultServiceGrpc.getSetKeyStateMethod) == null) {
          KeyVaultServiceGrpc.getSetKeyStateMethod = getSetKeyStateMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.SetKeyStateRequest, io.github.cruxrpc.crux.v1.SetKeyStateResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "SetKeyState"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.SetKeyStateRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.SetKeyStateResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyVaultServiceMethodDescriptorSupplier("SetKeyState"))
              .build();
        }
      }
    }
    return getSetKeyStateMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.VerifyKeyRequest,
      io.github.cruxrpc.crux.v1.VerifyKeyResponse> getVerifyKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "VerifyKey",
      requestType = io.github.cruxrpc.crux.v1.VerifyKeyRequest.class,
      responseType = io.github.cruxrpc.crux.v1.VerifyKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.VerifyKeyRequest,
      io.github.cruxrpc.crux.v1.VerifyKeyResponse> getVerifyKeyMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.VerifyKeyRequest, io.github.cruxrpc.crux.v1.VerifyKeyResponse> getVerifyKeyMethod;
    if ((getVerifyKeyMethod = KeyVaultServiceGrpc.getVerifyKeyMethod) == null) {
      synchronized (KeyVaultServiceGrpc.class) {
        if ((getVerifyKeyMethod = KeyVaultServiceGrpc.getVerifyKeyMethod) == null) {
          KeyVaultServiceGrpc.getVerifyKeyMethod = getVerifyKeyMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.VerifyKeyRequest, io.github.cruxrpc.crux.v1.VerifyKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "VerifyKey"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.VerifyKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.VerifyKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyVaultServiceMethodDescriptorSupplier("VerifyKey"))
              .build();
        }
      }
    }
    return getVerifyKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.DeleteKeyRequest,
      io.github.cruxrpc.crux.v1.DeleteKeyResponse> getDeleteKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteKey",
      requestType = io.github.cruxrpc.crux.v1.DeleteKeyRequest.class,
      responseType = io.github.cruxrpc.crux.v1.DeleteKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.DeleteKeyRequest,
      io.github.cruxrpc.crux.v1.DeleteKeyResponse> getDeleteKeyMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.DeleteKeyRequest, io.github.cruxrpc.crux.v1.DeleteKeyResponse> getDeleteKeyMethod;
    if ((getDeleteKeyMethod = KeyVaultServiceGrpc.getDeleteKeyMethod) == null) {
      synchronized (KeyVaultServiceGrpc.class) {
        if ((getDeleteKeyMethod = KeyVaultServiceGrpc.getDeleteKeyMethod) == null) {
          KeyVaultServiceGrpc.getDeleteKeyMethod = getDeleteKeyMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.DeleteKeyRequest, io.github.cruxrpc.crux.v1.DeleteKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteKey"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.DeleteKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.DeleteKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyVaultServiceMethodDescriptorSupplier("DeleteKey"))
              .build();
        }
      }
    }
    return getDeleteKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RewrapKeysRequest,
      io.github.cruxrpc.crux.v1.RewrapKeysResponse> getRewrapKeysMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RewrapKeys",
      requestType = io.github.cruxrpc.crux.v1.RewrapKeysRequest.class,
      responseType = io.github.cruxrpc.crux.v1.RewrapKeysResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RewrapKeysRequest,
      io.github.cruxrpc.crux.v1.RewrapKeysResponse> getRewrapKeysMethod() {
    io.grpc.MethodDescriptor<io.github.cruxrpc.crux.v1.RewrapKeysRequest, io.github.cruxrpc.crux.v1.RewrapKeysResponse> getRewrapKeysMethod;
    if ((getRewrapKeysMethod = KeyVaultServiceGrpc.getRewrapKeysMethod) == null) {
      synchronized (KeyVaultServiceGrpc.class) {
        if ((getRewrapKeysMethod = KeyVaultServiceGrpc.getRewrapKeysMethod) == null) {
          KeyVaultServiceGrpc.getRewrapKeysMethod = getRewrapKeysMethod =
              io.grpc.MethodDescriptor.<io.github.cruxrpc.crux.v1.RewrapKeysRequest, io.github.cruxrpc.crux.v1.RewrapKeysResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RewrapKeys"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.RewrapKeysRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.github.cruxrpc.crux.v1.RewrapKeysResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyVaultServiceMethodDescriptorSupplier("RewrapKeys"))
              .build();
        }
      }
    }
    return getRewrapKeysMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static KeyVaultServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyVaultServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyVaultServiceStub>() {
        @java.lang.Override
        public KeyVaultServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyVaultServiceStub(channel, callOptions);
        }
      };
    return KeyVaultServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static KeyVaultServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyVaultServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyVaultServiceBlockingStub>() {
        @java.lang.Override
        public KeyVaultServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyVaultServiceBlockingStub(channel, callOptions);
        }
      };
    return KeyVaultServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static KeyVaultServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyVaultServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyVaultServiceFutureStub>() {
        @java.lang.Override
        public KeyVaultServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyVaultServiceFutureStub(channel, callOptions);
        }
      };
    return KeyVaultServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Keeps providers' API keys. What comes from the server's environment or configuration is shown to admins, and every
   * change of it refused with INVALID_STATE.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Stores a key.
     * </pre>
     */
    default void createKey(io.github.cruxrpc.crux.v1.CreateKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.CreateKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCreateKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Returns what is known about a key, never the key.
     * </pre>
     */
    default void getKey(io.github.cruxrpc.crux.v1.GetKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists keys, ordered by provider, then priority.
     * </pre>
     */
    default void listKeys(io.github.cruxrpc.crux.v1.ListKeysRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListKeysResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListKeysMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes everything about a key but the secret.
     * </pre>
     */
    default void updateKey(io.github.cruxrpc.crux.v1.UpdateKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdateKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUpdateKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Replaces the secret, from the next request on. Requests that run go on with the old one for grace_period, after
     * which one that has not answered yet begins again with the new secret, and any other fails with
     * PROVIDER_STREAM_BROKEN. A REJECTED key is ACTIVE again.
     * </pre>
     */
    default void rotateKey(io.github.cruxrpc.crux.v1.RotateKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RotateKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRotateKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Stops or resumes the use of a key, from the next request on. Requests that run go on with it until they end.
     * </pre>
     */
    default void setKeyState(io.github.cruxrpc.crux.v1.SetKeyStateRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.SetKeyStateResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getSetKeyStateMethod(), responseObserver);
    }

    /**
     * <pre>
     * Asks the provider whether it takes the key, by a call that costs nothing.
     * </pre>
     */
    default void verifyKey(io.github.cruxrpc.crux.v1.VerifyKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.VerifyKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getVerifyKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Destroys a key for good. Requests that run go on with it until they end.
     * </pre>
     */
    default void deleteKey(io.github.cruxrpc.crux.v1.DeleteKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.DeleteKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Wraps every key's own encryption key under the server's current key-encryption key, while requests go on, and
     * tells how far it is. What is wrapped stays so if the call ends early; call again to go on. Admins only.
     * </pre>
     */
    default void rewrapKeys(io.github.cruxrpc.crux.v1.RewrapKeysRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RewrapKeysResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRewrapKeysMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service KeyVaultService.
   * <pre>
   * Keeps providers' API keys. What comes from the server's environment or configuration is shown to admins, and every
   * change of it refused with INVALID_STATE.
   * </pre>
   */
  public static abstract class KeyVaultServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return KeyVaultServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service KeyVaultService.
   * <pre>
   * Keeps providers' API keys. What comes from the server's environment or configuration is shown to admins, and every
   * change of it refused with INVALID_STATE.
   * </pre>
   */
  public static final class KeyVaultServiceStub
      extends io.grpc.stub.AbstractAsyncStub<KeyVaultServiceStub> {
    private KeyVaultServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyVaultServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyVaultServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Stores a key.
     * </pre>
     */
    public void createKey(io.github.cruxrpc.crux.v1.CreateKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.CreateKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCreateKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Returns what is known about a key, never the key.
     * </pre>
     */
    public void getKey(io.github.cruxrpc.crux.v1.GetKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists keys, ordered by provider, then priority.
     * </pre>
     */
    public void listKeys(io.github.cruxrpc.crux.v1.ListKeysRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListKeysResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListKeysMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes everything about a key but the secret.
     * </pre>
     */
    public void updateKey(io.github.cruxrpc.crux.v1.UpdateKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdateKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUpdateKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Replaces the secret, from the next request on. Requests that run go on with the old one for grace_period, after
     * which one that has not answered yet begins again with the new secret, and any other fails with
     * PROVIDER_STREAM_BROKEN. A REJECTED key is ACTIVE again.
     * </pre>
     */
    public void rotateKey(io.github.cruxrpc.crux.v1.RotateKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RotateKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRotateKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Stops or resumes the use of a key, from the next request on. Requests that run go on with it until they end.
     * </pre>
     */
    public void setKeyState(io.github.cruxrpc.crux.v1.SetKeyStateRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.SetKeyStateResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getSetKeyStateMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Asks the provider whether it takes the key, by a call that costs nothing.
     * </pre>
     */
    public void verifyKey(io.github.cruxrpc.crux.v1.VerifyKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.VerifyKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getVerifyKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Destroys a key for good. Requests that run go on with it until they end.
     * </pre>
     */
    public void deleteKey(io.github.cruxrpc.crux.v1.DeleteKeyRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.DeleteKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Wraps every key's own encryption key under the server's current key-encryption key, while requests go on, and
     * tells how far it is. What is wrapped stays so if the call ends early; call again to go on. Admins only.
     * </pre>
     */
    public void rewrapKeys(io.github.cruxrpc.crux.v1.RewrapKeysRequest request,
        io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RewrapKeysResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getRewrapKeysMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service KeyVaultService.
   * <pre>
   * Keeps providers' API keys. What comes from the server's environment or configuration is shown to admins, and every
   * change of it refused with INVALID_STATE.
   * </pre>
   */
  public static final class KeyVaultServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<KeyVaultServiceBlockingStub> {
    private KeyVaultServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyVaultServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyVaultServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Stores a key.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.CreateKeyResponse createKey(io.github.cruxrpc.crux.v1.CreateKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCreateKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns what is known about a key, never the key.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.GetKeyResponse getKey(io.github.cruxrpc.crux.v1.GetKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists keys, ordered by provider, then priority.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.ListKeysResponse listKeys(io.github.cruxrpc.crux.v1.ListKeysRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListKeysMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes everything about a key but the secret.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.UpdateKeyResponse updateKey(io.github.cruxrpc.crux.v1.UpdateKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUpdateKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Replaces the secret, from the next request on. Requests that run go on with the old one for grace_period, after
     * which one that has not answered yet begins again with the new secret, and any other fails with
     * PROVIDER_STREAM_BROKEN. A REJECTED key is ACTIVE again.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.RotateKeyResponse rotateKey(io.github.cruxrpc.crux.v1.RotateKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRotateKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Stops or resumes the use of a key, from the next request on. Requests that run go on with it until they end.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.SetKeyStateResponse setKeyState(io.github.cruxrpc.crux.v1.SetKeyStateRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getSetKeyStateMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Asks the provider whether it takes the key, by a call that costs nothing.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.VerifyKeyResponse verifyKey(io.github.cruxrpc.crux.v1.VerifyKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getVerifyKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Destroys a key for good. Requests that run go on with it until they end.
     * </pre>
     */
    public io.github.cruxrpc.crux.v1.DeleteKeyResponse deleteKey(io.github.cruxrpc.crux.v1.DeleteKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Wraps every key's own encryption key under the server's current key-encryption key, while requests go on, and
     * tells how far it is. What is wrapped stays so if the call ends early; call again to go on. Admins only.
     * </pre>
     */
    public java.util.Iterator<io.github.cruxrpc.crux.v1.RewrapKeysResponse> rewrapKeys(
        io.github.cruxrpc.crux.v1.RewrapKeysRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getRewrapKeysMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service KeyVaultService.
   * <pre>
   * Keeps providers' API keys. What comes from the server's environment or configuration is shown to admins, and every
   * change of it refused with INVALID_STATE.
   * </pre>
   */
  public static final class KeyVaultServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<KeyVaultServiceFutureStub> {
    private KeyVaultServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyVaultServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyVaultServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Stores a key.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.CreateKeyResponse> createKey(
        io.github.cruxrpc.crux.v1.CreateKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCreateKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Returns what is known about a key, never the key.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.GetKeyResponse> getKey(
        io.github.cruxrpc.crux.v1.GetKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists keys, ordered by provider, then priority.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.ListKeysResponse> listKeys(
        io.github.cruxrpc.crux.v1.ListKeysRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListKeysMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes everything about a key but the secret.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.UpdateKeyResponse> updateKey(
        io.github.cruxrpc.crux.v1.UpdateKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUpdateKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Replaces the secret, from the next request on. Requests that run go on with the old one for grace_period, after
     * which one that has not answered yet begins again with the new secret, and any other fails with
     * PROVIDER_STREAM_BROKEN. A REJECTED key is ACTIVE again.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.RotateKeyResponse> rotateKey(
        io.github.cruxrpc.crux.v1.RotateKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRotateKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Stops or resumes the use of a key, from the next request on. Requests that run go on with it until they end.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.SetKeyStateResponse> setKeyState(
        io.github.cruxrpc.crux.v1.SetKeyStateRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getSetKeyStateMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Asks the provider whether it takes the key, by a call that costs nothing.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.VerifyKeyResponse> verifyKey(
        io.github.cruxrpc.crux.v1.VerifyKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getVerifyKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Destroys a key for good. Requests that run go on with it until they end.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.github.cruxrpc.crux.v1.DeleteKeyResponse> deleteKey(
        io.github.cruxrpc.crux.v1.DeleteKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteKeyMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_CREATE_KEY = 0;
  private static final int METHODID_GET_KEY = 1;
  private static final int METHODID_LIST_KEYS = 2;
  private static final int METHODID_UPDATE_KEY = 3;
  private static final int METHODID_ROTATE_KEY = 4;
  private static final int METHODID_SET_KEY_STATE = 5;
  private static final int METHODID_VERIFY_KEY = 6;
  private static final int METHODID_DELETE_KEY = 7;
  private static final int METHODID_REWRAP_KEYS = 8;

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
        case METHODID_CREATE_KEY:
          serviceImpl.createKey((io.github.cruxrpc.crux.v1.CreateKeyRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.CreateKeyResponse>) responseObserver);
          break;
        case METHODID_GET_KEY:
          serviceImpl.getKey((io.github.cruxrpc.crux.v1.GetKeyRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.GetKeyResponse>) responseObserver);
          break;
        case METHODID_LIST_KEYS:
          serviceImpl.listKeys((io.github.cruxrpc.crux.v1.ListKeysRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.ListKeysResponse>) responseObserver);
          break;
        case METHODID_UPDATE_KEY:
          serviceImpl.updateKey((io.github.cruxrpc.crux.v1.UpdateKeyRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.UpdateKeyResponse>) responseObserver);
          break;
        case METHODID_ROTATE_KEY:
          serviceImpl.rotateKey((io.github.cruxrpc.crux.v1.RotateKeyRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RotateKeyResponse>) responseObserver);
          break;
        case METHODID_SET_KEY_STATE:
          serviceImpl.setKeyState((io.github.cruxrpc.crux.v1.SetKeyStateRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.SetKeyStateResponse>) responseObserver);
          break;
        case METHODID_VERIFY_KEY:
          serviceImpl.verifyKey((io.github.cruxrpc.crux.v1.VerifyKeyRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.VerifyKeyResponse>) responseObserver);
          break;
        case METHODID_DELETE_KEY:
          serviceImpl.deleteKey((io.github.cruxrpc.crux.v1.DeleteKeyRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.DeleteKeyResponse>) responseObserver);
          break;
        case METHODID_REWRAP_KEYS:
          serviceImpl.rewrapKeys((io.github.cruxrpc.crux.v1.RewrapKeysRequest) request,
              (io.grpc.stub.StreamObserver<io.github.cruxrpc.crux.v1.RewrapKeysResponse>) responseObserver);
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
          getCreateKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.CreateKeyRequest,
              io.github.cruxrpc.crux.v1.CreateKeyResponse>(
                service, METHODID_CREATE_KEY)))
        .addMethod(
          getGetKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.GetKeyRequest,
              io.github.cruxrpc.crux.v1.GetKeyResponse>(
                service, METHODID_GET_KEY)))
        .addMethod(
          getListKeysMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.ListKeysRequest,
              io.github.cruxrpc.crux.v1.ListKeysResponse>(
                service, METHODID_LIST_KEYS)))
        .addMethod(
          getUpdateKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.UpdateKeyRequest,
              io.github.cruxrpc.crux.v1.UpdateKeyResponse>(
                service, METHODID_UPDATE_KEY)))
        .addMethod(
          getRotateKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.RotateKeyRequest,
              io.github.cruxrpc.crux.v1.RotateKeyResponse>(
                service, METHODID_ROTATE_KEY)))
        .addMethod(
          getSetKeyStateMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.SetKeyStateRequest,
              io.github.cruxrpc.crux.v1.SetKeyStateResponse>(
                service, METHODID_SET_KEY_STATE)))
        .addMethod(
          getVerifyKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.VerifyKeyRequest,
              io.github.cruxrpc.crux.v1.VerifyKeyResponse>(
                service, METHODID_VERIFY_KEY)))
        .addMethod(
          getDeleteKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.DeleteKeyRequest,
              io.github.cruxrpc.crux.v1.DeleteKeyResponse>(
                service, METHODID_DELETE_KEY)))
        .addMethod(
          getRewrapKeysMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              io.github.cruxrpc.crux.v1.RewrapKeysRequest,
              io.github.cruxrpc.crux.v1.RewrapKeysResponse>(
                service, METHODID_REWRAP_KEYS)))
        .build();
  }

  private static abstract class KeyVaultServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    KeyVaultServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return io.github.cruxrpc.crux.v1.KeysProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("KeyVaultService");
    }
  }

  private static final class KeyVaultServiceFileDescriptorSupplier
      extends KeyVaultServiceBaseDescriptorSupplier {
    KeyVaultServiceFileDescriptorSupplier() {}
  }

  private static final class KeyVaultServiceMethodDescriptorSupplier
      extends KeyVaultServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    KeyVaultServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (KeyVaultServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new KeyVaultServiceFileDescriptorSupplier())
              .addMethod(getCreateKeyMethod())
              .addMethod(getGetKeyMethod())
              .addMethod(getListKeysMethod())
              .addMethod(getUpdateKeyMethod())
              .addMethod(getRotateKeyMethod())
              .addMethod(getSetKeyStateMethod())
              .addMethod(getVerifyKeyMethod())
              .addMethod(getDeleteKeyMethod())
              .addMethod(getRewrapKeysMethod())
              .build();
        }
      }
    }
    return result;
  }
}

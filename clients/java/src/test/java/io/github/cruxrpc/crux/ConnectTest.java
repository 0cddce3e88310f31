package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ErrorReason;
import io.github.cruxrpc.crux.v1.GetServerInfoRequest;
import io.github.cruxrpc.crux.v1.ServerServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectTest {
  private static final ChatRequest REQUEST = Requests.chat("openai/gpt-5", "hello");

  @Test
  void tokenOpensAGuardedServer() {
    try (CruxClient client =
        CruxClient.builder(Live.guardedAddress()).token(Live.token()).build()) {
      assertEquals("You said: hello", client.chat(REQUEST).getText());
    }
  }

  @Test
  void tokenMayChangeBetweenCalls() {
    String[] current = {"of-nobody"};
    try (CruxClient client =
        CruxClient.builder(Live.guardedAddress()).token(() -> current[0]).build()) {
      assertThrows(CruxException.class, () -> client.chat(REQUEST));
      current[0] = Live.token();
      assertEquals("You said: hello", client.chat(REQUEST).getText());
    }
  }

  @Test
  void wrongTokenIsUnauthenticatedAndNowhereToBeSeen() {
    String secret = "token-of-somebody-else";
    CruxClientBuilder builder = CruxClient.builder(Live.guardedAddress()).token(secret);
    try (CruxClient client = builder.build()) {
      CruxException error = assertThrows(CruxException.class, () -> client.chat(REQUEST));

      assertEquals(Status.Code.UNAUTHENTICATED, error.code());
      assertEquals(ErrorReason.ERROR_REASON_UNAUTHENTICATED, error.reason());
      assertFalse(error.retryable());
      assertTrue(error.requestId().isPresent());
      StringWriter trace = new StringWriter();
      error.printStackTrace(new PrintWriter(trace));
      for (String shown : new String[] {builder.toString(), client.toString(), trace.toString()}) {
        assertFalse(shown.contains(secret), shown);
      }
    }
  }

  @Test
  void tokenThatCannotBeSentIsRefusedWithoutRepeatingIt() {
    CruxClientBuilder builder = CruxClient.builder("localhost:1");
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> builder.token("secret-with\n"));
    assertFalse(String.valueOf(refused.getMessage()).contains("secret-with"));
    assertThrows(IllegalArgumentException.class, () -> builder.token(""));
  }

  @Test
  void tokenIsNotSentInPlaintextToOthers() {
    CruxClientBuilder builder = CruxClient.builder("crux.example.com:443").plaintext().token("t");
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, builder::build);
    assertTrue(String.valueOf(refused.getMessage()).contains("allowTokenOnPlaintext"));
    builder.allowTokenOnPlaintext().build().close();
    CruxClient.builder("crux.example.com:443").token("t").build().close();
    CruxClient.builder("127.0.0.1:443").token("t").build().close();
  }

  @Test
  void tlsAndPlaintextExcludeEachOther() {
    CruxClientBuilder both = CruxClient.builder("localhost:1").tls().plaintext();
    assertThrows(IllegalArgumentException.class, both::build);
  }

  @Test
  void versionIsThePackages() throws Exception {
    String pom = Files.readString(Path.of("pom.xml"));
    assertTrue(pom.contains("<version>" + CruxClient.VERSION + "</version>\n  <packaging>"));
  }

  @Test
  void wrongAddressFailsWithinSeconds() {
    Map<String, String> reasons =
        Map.of("127.0.0.1:1", "refused", "no-such-host.invalid:443", "no-such-host");
    reasons.forEach(
        (address, reason) -> {
          long begun = System.nanoTime();
          try (CruxClient client = CruxClient.builder(address).plaintext().build()) {
            CruxException error = assertThrows(CruxException.class, () -> client.chat(REQUEST));

            assertEquals(Status.Code.UNAVAILABLE, error.code());
            assertTrue(error.requestId().isEmpty());
            assertTrue(String.valueOf(error.getMessage()).contains(reason), error.getMessage());
          }
          assertTrue(System.nanoTime() - begun < 8_000_000_000L, address);
        });
  }

  @Test
  void mutualTlsConnects() {
    try (CruxClient client =
        CruxClient.builder(Live.tlsAddress())
            .tls(Live.certificate("ca.pem"))
            .clientCertificate(Live.certificate("client.pem"), Live.certificate("client.key"))
            .build()) {
      assertEquals("You said: hello", client.chat(REQUEST).getText());
    }
  }

  @Test
  void withoutACertificateNobodyIsLetIn() {
    try (CruxClient client =
        CruxClient.builder(Live.tlsAddress()).tls(Live.certificate("ca.pem")).build()) {
      CruxException error = assertThrows(CruxException.class, () -> client.chat(REQUEST));
      assertEquals(Status.Code.UNAUTHENTICATED, error.code());
    }
  }

  @Test
  void serverThatIsNotTrustedIsNotSpokenTo() {
    try (CruxClient client = CruxClient.builder(Live.tlsAddress()).tls().build()) {
      CruxException error = assertThrows(CruxException.class, () -> client.chat(REQUEST));
      assertEquals(Status.Code.UNAVAILABLE, error.code());
    }
  }

  @Test
  void missingCertificateIsNamed() {
    IllegalArgumentException missing =
        assertThrows(
            IllegalArgumentException.class,
            () -> CruxClient.builder("localhost:1").tls(Path.of("no-such-file.pem")).build());
    assertTrue(String.valueOf(missing.getMessage()).contains("no-such-file.pem"));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:50051,        dns:///localhost:50051, true",
    "LOCALHOST:50051,        dns:///localhost:50051, true",
    "127.0.0.1:1,            dns:///127.0.0.1:1,     true",
    "[::1]:1,                dns:///[::1]:1,         true",
    "crux:50051,             dns:///crux:50051,      false",
    "10.0.0.1:1,             dns:///10.0.0.1:1,      false",
    "127.0.0.1.example.com:1, dns:///127.0.0.1.example.com:1, false",
    "dns:///crux.local:443,  dns:///crux.local:443,  false",
    "unix:///run/crux.sock,  unix:///run/crux.sock,  true"
  })
  void addressesAreTargets(String address, String uri, boolean loopback) {
    assertEquals(new Target(uri, loopback), Target.parse(address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "localhost", "http://localhost:50051", "local host:1", ":1"})
  void whatIsNoAddressIsRefused(String address) {
    assertThrows(IllegalArgumentException.class, () -> CruxClient.builder(address));
  }

  @Test
  void headersGoWithEveryCallAndViewsDoNotClose() {
    try (CruxClient client = Live.client()) {
      CruxClient traced = client.withHeader("x-request-id", "request-of-this-test");
      CruxException error =
          assertThrows(
              CruxException.class, () -> traced.chat(Requests.chat("openai/missing-1", "hello")));
      assertEquals("request-of-this-test", error.requestId().orElseThrow());

      traced.close();
      assertEquals("You said: hello", client.chat(REQUEST).getText());
    }
  }

  @Test
  void closingTheClientEndsItsCalls() {
    CruxClient client = Live.client();
    CompletableFuture<?> running =
        client.chatAsync(Requests.chat("openai/gpt-5+fault:stall-headers", "hello"));
    client.close();

    CompletionException ended = assertThrows(CompletionException.class, running::join);
    assertTrue(ended.getCause() instanceof CruxException);
  }

  @Test
  void generatedStubsShareTokenAndErrors() {
    try (CruxClient client = Live.client();
        CruxClient nobody = CruxClient.connect(Live.guardedAddress())) {
      GetServerInfoRequest request = GetServerInfoRequest.getDefaultInstance();
      assertFalse(
          ServerServiceGrpc.newBlockingStub(client.channel())
              .getServerInfo(request)
              .getServer()
              .getVersion()
              .isEmpty());

      StatusRuntimeException thrown =
          assertThrows(
              StatusRuntimeException.class,
              () -> ServerServiceGrpc.newBlockingStub(nobody.channel()).getServerInfo(request));
      assertEquals(ErrorReason.ERROR_REASON_UNAUTHENTICATED, CruxException.from(thrown).reason());
    }
  }

  @Test
  void serviceConfigIsThePublishedOne() {
    Map<String, ?> config = ServiceConfig.load();

    assertTrue(config.containsKey("loadBalancingConfig"));
    assertTrue(config.toString().contains("maxAttempts=3.0"), config.toString());
  }
}

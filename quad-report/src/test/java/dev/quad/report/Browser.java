// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.files.JsonText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Chromium without a window, driven by its DevTools protocol. */
final class Browser implements AutoCloseable {
    /** So long that only what hangs is ended. */
    private static final int SECONDS = 300;

    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger last = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Tree>> answers = new ConcurrentHashMap<>();
    private String session = "";
    /** What was thrown, logged or refused. */
    final List<String> errors = new CopyOnWriteArrayList<>();
    /** Addresses that were asked for. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    private Browser(Process process, String address) {
        this.process = process;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address), new Listener())
                .join();
    }

    /** The program, where this machine has it. */
    static Optional<Path> program() {
        return Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> Stream.of(
                                System.getenv().getOrDefault("PATH", "").split(":", -1))
                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Browser start(Path program, Path folder) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        program.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--hide-scrollbars",
                        "--no-first-run",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + folder,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("TMPDIR", folder.toString());
        Process process = builder.start();
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.startsWith("DevTools listening on ")) {
                Browser browser = new Browser(process, line.substring("DevTools listening on ".length()));
                Thread drain = new Thread(() -> said.lines().forEach(rest -> {}));
                drain.setDaemon(true);
                drain.start();
                browser.attach();
                return browser;
            }
        }
        throw new IOException("the browser ended without a port");
    }

    private void attach() {
        String target = send("Target.createTarget", Map.of("url", "about:blank"))
                .text("targetId")
                .orElseThrow();
        session = send("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .text("sessionId")
                .orElseThrow();
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            send(domain + ".enable", Map.of());
        }
    }

    /** Opens a file, and waits until its script has ended. */
    void open(Path file, int width, int height, boolean dark) {
        errors.clear();
        requests.clear();
        send(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        send(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
        send("Page.navigate", Map.of("url", file.toUri().toString()));
        evaluate("new Promise(done => { const look = () => document.querySelector('footer')"
                + " && (!document.getElementById('data').textContent || document.documentElement.dataset.ready)"
                + " ? requestAnimationFrame(() => requestAnimationFrame(done)) : setTimeout(look, 20); look(); })");
    }

    /** The value of an expression, as text. */
    String evaluate(String expression) {
        Tree answer = send(
                "Runtime.evaluate",
                Map.of(
                        "expression",
                        "(async () => String(await (" + expression + ")))()",
                        "awaitPromise",
                        true,
                        "returnByValue",
                        true));
        if (!answer.child("exceptionDetails").isEmpty()) {
            throw new IllegalStateException(expression + ": " + answer.child("exceptionDetails"));
        }
        return answer.child("result").text("value").orElse("");
    }

    /** Presses a key with the focus where it is. */
    void press(String key) {
        Map<String, Object> down = new LinkedHashMap<>(Map.of("type", "keyDown", "key", key, "code", key));
        if (key.equals("Tab")) {
            down.put("windowsVirtualKeyCode", 9);
        }
        send("Input.dispatchKeyEvent", down);
        send("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key, "code", key));
    }

    void mouse(String type, double x, double y) {
        send(
                "Input.dispatchMouseEvent",
                Map.of("type", type, "x", x, "y", y, "button", "left", "buttons", 1, "clickCount", 1));
    }

    /** A picture of an element, as PNG. */
    byte[] picture(String selector) {
        double[] box = Stream.of(evaluate("(e => [e.left, e.top + scrollY, e.width, e.height].join(' '))("
                                + "document.querySelector('" + selector + "').getBoundingClientRect())")
                        .split(" ", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
        Tree answer = send(
                "Page.captureScreenshot",
                Map.of(
                        "format",
                        "png",
                        "captureBeyondViewport",
                        true,
                        "clip",
                        Map.of("x", box[0], "y", box[1], "width", box[2], "height", box[3], "scale", 1)));
        return Base64.getDecoder().decode(answer.text("data").orElseThrow());
    }

    private Tree send(String method, Map<String, ?> parameters) {
        int id = last.incrementAndGet();
        CompletableFuture<Tree> answer = new CompletableFuture<>();
        answers.put(id, answer);
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("id", id);
        message.put("method", method);
        message.put("params", parameters);
        if (!session.isEmpty()) {
            message.put("sessionId", session);
        }
        socket.sendText(JsonText.line(message), true).join();
        Tree found = answer.orTimeout(SECONDS, TimeUnit.SECONDS).join();
        if (!found.child("error").isEmpty()) {
            throw new IllegalStateException(method + ": " + found.child("error"));
        }
        return found.child("result");
    }

    private void heard(Tree message) {
        message.number("id").ifPresent(id -> {
            CompletableFuture<Tree> answer = answers.remove((int) id);
            if (answer != null) {
                answer.complete(message);
            }
        });
        Tree parameters = message.child("params");
        switch (message.text("method").orElse("")) {
            case "Runtime.exceptionThrown" -> errors.add(parameters.toString());
            case "Log.entryAdded" -> errors.add(parameters.child("entry").toString());
            case "Runtime.consoleAPICalled" -> errors.add(parameters.toString());
            case "Network.requestWillBeSent" ->
                requests.add(parameters.child("request").text("url").orElse(""));
            default -> {}
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final List<CharSequence> parts = new ArrayList<>();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean isLast) {
            parts.add(data.toString());
            if (isLast) {
                byte[] whole = String.join("", parts).getBytes(StandardCharsets.UTF_8);
                parts.clear();
                try {
                    heard(Tree.of(JsonText.tree(whole)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

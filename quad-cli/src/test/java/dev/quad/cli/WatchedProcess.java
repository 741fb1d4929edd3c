// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.ArrayReference;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.ByteValue;
import com.sun.jdi.Field;
import com.sun.jdi.IntegerValue;
import com.sun.jdi.Method;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StackFrame;
import com.sun.jdi.StringReference;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.Value;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.ListeningConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The command in a process of its own that is stopped before each change to the files of a folder: before an open for
 * writing, a write, a rename, a deletion, a new folder. It goes through the debugger interface of the JDK, so that
 * nothing in the command knows of it, at the places where the class library calls the system.
 */
final class WatchedProcess {
    /** What is about to be done to the files. */
    record Change(int number, String call, Path file) {}

    /** Called while the process stands still. */
    @FunctionalInterface
    interface Watcher {
        /** Returns whether the process may go on; otherwise it gets SIGKILL there. */
        boolean before(Change change) throws Exception;
    }

    /** By class the methods that change files, each with whether its file is its first argument or its object's. */
    private static final Map<String, Map<String, Boolean>> CALLS = Map.of(
            "java.io.FileOutputStream",
            Map.of("open", true, "write", false),
            "java.io.RandomAccessFile",
            Map.of("open", true, "write", false, "setLength", false),
            "sun.nio.ch.FileChannelImpl",
            Map.of("write", false, "truncate", false, "transferFrom", false),
            "sun.nio.fs.UnixNativeDispatcher",
            Map.of("open", true, "rename", true, "unlink", true, "rmdir", true, "mkdir", true, "link", true),
            "java.io.UnixFileSystem",
            Map.of("delete", true, "rename", true, "createDirectory", true));

    static final int KILLED = 137;
    private static final int WRITABLE = 3; // O_WRONLY and O_RDWR; of a random access file too

    private final Path folder;
    private final Watcher watcher;
    private final Map<String, Integer> calls = new TreeMap<>();
    private int changes;

    private WatchedProcess(Path folder, Watcher watcher) {
        this.folder = folder;
        this.watcher = watcher;
    }

    /** How many calls of each kind there were, and the exit code. */
    record Outcome(int code, Map<String, Integer> calls, String said) {}

    /** Runs the command to its end, or to its kill, whose exit code is {@link #KILLED}. */
    static Outcome run(Path log, Path folder, Watcher watcher, Object... arguments) throws Exception {
        WatchedProcess watched = new WatchedProcess(folder, watcher);
        ListeningConnector connector = Bootstrap.virtualMachineManager().listeningConnectors().stream()
                .filter(each -> each.name().equals("com.sun.jdi.SocketListen"))
                .findFirst()
                .orElseThrow();
        Map<String, Connector.Argument> settings = connector.defaultArguments();
        Objects.requireNonNull(settings.get("localAddress")).setValue("127.0.0.1");
        Objects.requireNonNull(settings.get("port")).setValue("0");
        String address = connector.startListening(settings);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-agentlib:jdwp=transport=dt_socket,server=n,suspend=y,address=127.0.0.1"
                + address.substring(address.lastIndexOf(':')));
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Quad.class.getName()));
        Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            VirtualMachine machine = connector.accept(settings);
            connector.stopListening(settings);
            watched.follow(machine, process);
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.waitFor(), watched.calls, Files.readString(log));
    }

    /** Kills the command before the first change at which {@code reached} is true; fails if there is none. */
    static void killOnce(Path log, Path folder, BooleanSupplier reached, Object... arguments) throws Exception {
        Outcome killed = run(log, folder, change -> !reached.getAsBoolean(), arguments);
        assertThat(killed.code()).as(killed.said()).isEqualTo(KILLED);
    }

    private void follow(VirtualMachine machine, Process process) throws Exception {
        for (String name : CALLS.keySet()) {
            List<ReferenceType> loaded = machine.classesByName(name);
            if (loaded.isEmpty()) {
                ClassPrepareRequest later = machine.eventRequestManager().createClassPrepareRequest();
                later.addClassFilter(name);
                later.enable();
            }
            loaded.forEach(this::stopBefore);
        }
        try {
            while (true) {
                EventSet events = machine.eventQueue().remove();
                for (Event event : events) {
                    if (event instanceof ClassPrepareEvent prepared) {
                        stopBefore(prepared.referenceType());
                    } else if (event instanceof BreakpointEvent stopped && !mayGoOn(stopped, process)) {
                        process.destroyForcibly();
                        return;
                    }
                }
                events.resume();
            }
        } catch (VMDisconnectedException e) {
            process.waitFor();
        }
    }

    private void stopBefore(ReferenceType type) {
        Map<String, Boolean> names = CALLS.getOrDefault(type.name(), Map.of());
        for (Method method : type.methods()) {
            if (names.containsKey(method.name()) && method.location() != null && !method.isNative()) {
                BreakpointRequest request =
                        type.virtualMachine().eventRequestManager().createBreakpointRequest(method.location());
                request.setSuspendPolicy(EventRequest.SUSPEND_ALL);
                request.enable();
            }
        }
    }

    private boolean mayGoOn(BreakpointEvent event, Process process) throws Exception {
        ThreadReference thread = event.thread();
        StackFrame frame = thread.frame(0);
        Method method = event.location().method();
        List<Value> arguments = frame.getArgumentValues();
        Map<String, Boolean> watched =
                Objects.requireNonNull(CALLS.get(method.declaringType().name()));
        boolean named = Objects.requireNonNull(watched.get(method.name()));
        Optional<Path> file = named ? path(arguments.get(0)) : open(frame.thisObject(), process);
        if (file.isEmpty() || !file.get().startsWith(folder) || isReading(method, arguments)) {
            return true;
        }
        String call = method.name() + (named && method.name().equals("open") ? " for writing" : "");
        calls.merge(call, 1, Integer::sum);
        return watcher.before(new Change(changes++, call, folder.relativize(file.get())));
    }

    private static boolean isReading(Method method, List<Value> arguments) {
        return method.name().equals("open")
                && arguments.get(1) instanceof IntegerValue flags
                && (flags.value() & WRITABLE) < (method.declaringType().name().startsWith("java.io") ? 2 : 1);
    }

    /** Of a stream or channel that knows its file, or else by the system's table of what the process has open. */
    private static Optional<Path> open(ObjectReference object, Process process) throws IOException {
        Optional<Path> known = path(object);
        if (known.isEmpty()
                && field(object, "fd") instanceof ObjectReference descriptor
                && field(descriptor, "fd") instanceof IntegerValue number) {
            Path link = Path.of("/proc", Long.toString(process.pid()), "fd", Integer.toString(number.value()));
            return Files.isSymbolicLink(link) ? Optional.of(Files.readSymbolicLink(link)) : known;
        }
        return known;
    }

    private static @Nullable Value field(ObjectReference object, String name) {
        Field field = object.referenceType().fieldByName(name);
        return field == null ? null : object.getValue(field);
    }

    /** Of a text, a file, a path, or an object that knows its file. */
    private static Optional<Path> path(@Nullable Value value) {
        if (value instanceof StringReference text) {
            return Optional.of(Path.of(text.value()));
        }
        if (value instanceof ArrayReference array) {
            byte[] bytes = new byte[array.length()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = ((ByteValue) array.getValue(i)).value();
            }
            return Optional.of(Path.of(new String(bytes, StandardCharsets.UTF_8)));
        }
        return value instanceof ObjectReference object ? path(field(object, "path")) : Optional.empty();
    }
}

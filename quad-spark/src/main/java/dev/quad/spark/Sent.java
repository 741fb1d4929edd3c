// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import dev.quad.text.DocumentFunction;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A function on its way: written once, and read once by each process that applies it, whichever serialiser Spark was
 * given.
 */
final class Sent {
    private static final int KEPT = 4;
    private static final Map<String, DocumentFunction<?>> ARRIVED = new LinkedHashMap<>(16, 0.75f, true);

    private final String name = UUID.randomUUID().toString();
    private final byte[] bytes;

    private Sent(byte[] bytes) {
        this.bytes = bytes;
    }

    static Sent of(DocumentFunction<?> function) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(function);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the function " + function + " cannot be sent; all that it holds must be Serializable", e);
        }
        return new Sent(bytes.toByteArray());
    }

    /** Tells it from others. */
    String name() {
        return name;
    }

    byte[] bytes() {
        return bytes;
    }

    /** The function, where it arrived. */
    static DocumentFunction<?> arrived(String name, byte[] bytes) {
        synchronized (ARRIVED) {
            DocumentFunction<?> function = ARRIVED.get(name);
            if (function == null) {
                function = read(bytes);
                ARRIVED.put(name, function);
                ARRIVED.keySet().removeIf(other -> ARRIVED.size() > KEPT && !other.equals(name));
            }
            return function;
        }
    }

    private static DocumentFunction<?> read(byte[] bytes) {
        try (ObjectInputStream in = new LoadedHere(new ByteArrayInputStream(bytes))) {
            return (DocumentFunction<?>) in.readObject();
        } catch (IOException | ClassNotFoundException e) {
            throw new IllegalStateException(
                    "a function of documents did not arrive; the executors need the same jars as the driver", e);
        }
    }

    /** Also sees classes of jars that were added to a running application. */
    private static final class LoadedHere extends ObjectInputStream {
        LoadedHere(InputStream in) throws IOException {
            super(in);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            try {
                return Class.forName(description.getName(), false, loader);
            } catch (ClassNotFoundException e) {
                return super.resolveClass(description);
            }
        }
    }
}

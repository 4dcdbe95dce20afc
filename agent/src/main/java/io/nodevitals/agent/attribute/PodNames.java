// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Names of pods by UID, from the directories that the kubelet makes for their logs:
 * {@code /var/log/pods/NAMESPACE_POD_UID/CONTAINER/}. Nothing is known where they are not mounted.
 *
 * <p>Read when asked for, at most once a second, and again every ten seconds so that new containers show; bounded in number. A pod
 * whose directory is gone stays known for ten minutes. Any thread; one reads the directories, others go on with what is known.
 */
public final class PodNames {
    /** Where the kubelet puts them. */
    public static final Path DEFAULT_DIRECTORY = Path.of("/var/log/pods");

    /** A kubelet runs a few hundred pods at most; more directories than this are not read. */
    private static final int MAX_PODS = 4096;

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long KEEP_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final int MAX_NAMESPACE_LENGTH = 63;
    private static final int MAX_POD_LENGTH = 253;

    /**
     * How people call a pod.
     *
     * @param container the pod's only container; null when there are several, of which a container id does not tell which
     */
    public record PodName(
            String namespace, String pod, @Nullable String container) {}

    private record Known(@Nullable PodName name, long seenNanos) {}

    private final Path directory;
    private final LongSupplier nanoTime;
    private final int maxPods;
    private final ReentrantLock refreshing = new ReentrantLock();
    private volatile Map<String, Known> byUid = Map.of();
    private volatile long readNanos;
    private volatile boolean read;

    public PodNames(Path directory) {
        this(directory, System::nanoTime, MAX_PODS);
    }

    PodNames(Path directory, LongSupplier nanoTime, int maxPods) {
        this.directory = directory;
        this.nanoTime = nanoTime;
        this.maxPods = maxPods;
    }

    /**
     * The names of a pod, or null when no directory tells.
     *
     * @throws IOException when the directory is there but cannot be read
     */
    public @Nullable PodName find(String podUid) throws IOException {
        long age = nanoTime.getAsLong() - readNanos;
        if (!read || age >= REFRESH_NANOS || (age >= RETRY_NANOS && !byUid.containsKey(podUid))) {
            refresh();
        }
        Known known = byUid.get(podUid);
        return known == null ? null : known.name;
    }

    private void refresh() throws IOException {
        if (!refreshing.tryLock()) {
            if (read) {
                return;
            }
            refreshing.lock();
        }
        try {
            long now = nanoTime.getAsLong();
            if (!read || now - readNanos >= RETRY_NANOS) {
                // First, so that a directory that cannot be read is not tried again at once.
                readNanos = now;
                byUid = merged(readAll(now), now);
            }
        } finally {
            read = true;
            refreshing.unlock();
        }
    }

    private Map<String, Known> merged(Map<String, Known> current, long now) {
        Map<String, Known> all = new LinkedHashMap<>(current);
        byUid.forEach((uid, known) -> {
            if (now - known.seenNanos < KEEP_NANOS && all.size() < 2 * maxPods) {
                all.putIfAbsent(uid, known);
            }
        });
        return Map.copyOf(all);
    }

    private Map<String, Known> readAll(long now) throws IOException {
        Map<String, Known> found = new LinkedHashMap<>();
        try (DirectoryStream<Path> pods = Files.newDirectoryStream(directory)) {
            for (Path pod : pods) {
                String[] parts = pod.getFileName().toString().split("_", -1);
                if (isPod(parts) && Files.isDirectory(pod, LinkOption.NOFOLLOW_LINKS)) {
                    PodName name = found.containsKey(parts[2])
                            ? null // Two claim one UID: neither is believed.
                            : new PodName(parts[0], parts[1], onlyContainer(pod));
                    found.put(parts[2], new Known(name, now));
                }
                if (found.size() >= maxPods) {
                    break;
                }
            }
        } catch (NoSuchFileException e) {
            // Not mounted, or not a Kubernetes node: no names.
            return Map.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found;
    }

    private static @Nullable String onlyContainer(Path pod) throws IOException {
        String only = null;
        try (DirectoryStream<Path> containers = Files.newDirectoryStream(pod)) {
            for (Path container : containers) {
                String name = container.getFileName().toString();
                if (!isLabel(name, MAX_NAMESPACE_LENGTH) || !Files.isDirectory(container, LinkOption.NOFOLLOW_LINKS)) {
                    continue;
                }
                if (only != null) {
                    return null;
                }
                only = name;
            }
        } catch (FileSystemException e) {
            // Gone meanwhile, or not for us to read: the pod's own name is no less true.
            return null;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return only;
    }

    // Kubernetes allows no underscore in any of the three, so that three parts are the three.
    private static boolean isPod(String[] parts) {
        return parts.length == 3
                && isLabel(parts[0], MAX_NAMESPACE_LENGTH)
                && isSubdomain(parts[1])
                && PodUid.parse(parts[2], '-') != null;
    }

    private static boolean isSubdomain(String name) {
        if (name.length() > MAX_POD_LENGTH) {
            return false;
        }
        for (String label : name.split("\\.", -1)) {
            if (!isLabel(label, MAX_POD_LENGTH)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLabel(String name, int limit) {
        return !name.isEmpty()
                && name.length() <= limit
                && !name.startsWith("-")
                && !name.endsWith("-")
                && name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
    }
}

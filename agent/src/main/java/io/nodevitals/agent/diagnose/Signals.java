// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** Signal numbers and names as on x86 and arm, and the meanings of si_code (include/uapi/asm-generic/siginfo.h). */
public final class Signals {
    static final int SIGHUP = 1;
    static final int SIGINT = 2;
    static final int SIGQUIT = 3;
    static final int SIGILL = 4;
    static final int SIGTRAP = 5;
    static final int SIGABRT = 6;
    static final int SIGBUS = 7;
    static final int SIGFPE = 8;
    static final int SIGKILL = 9;
    static final int SIGSEGV = 11;
    static final int SIGPIPE = 13;
    static final int SIGALRM = 14;
    static final int SIGTERM = 15;
    static final int SIGXCPU = 24;
    static final int SIGXFSZ = 25;
    static final int SIGVTALRM = 26;
    static final int SIGPROF = 27;
    static final int SIGSYS = 31;

    /** kill(2), and whatever the kernel sends with SEND_SIG_NOINFO. */
    static final int SI_USER = 0;
    /** sigqueue(3). */
    static final int SI_QUEUE = -1;
    /** tgkill(2), which raise(3) uses. */
    static final int SI_TKILL = -6;
    /** From the kernel, with nothing more to say. */
    static final int SI_KERNEL = 0x80;

    static final int SEGV_MAPERR = 1;
    static final int SEGV_ACCERR = 2;
    static final int BUS_ADRERR = 2;
    static final int BUS_MCEERR_AR = 4;
    static final int BUS_MCEERR_AO = 5;
    static final int FPE_INTDIV = 1;
    static final int SYS_SECCOMP = 1;

    private static final int GLIBC_RTMIN = 34;
    private static final int RTMAX = 64;

    private static final String[] NAMES = {
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS"
    };

    private Signals() {}

    /** "SIGSEGV"; real-time signals are "SIGRTMIN+n" as kill -l counts them. */
    public static String name(int signal) {
        if (signal > 0 && signal < NAMES.length) {
            return "SIG" + NAMES[signal];
        }
        if (signal >= GLIBC_RTMIN && signal <= RTMAX) {
            return signal == GLIBC_RTMIN ? "SIGRTMIN" : "SIGRTMIN+" + (signal - GLIBC_RTMIN);
        }
        return "SIG" + signal;
    }

    /** Whether the CPU raises it for the instruction that a thread executes. */
    static boolean isFault(int signal) {
        return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP;
    }

    /** Whether a process asked for it: the current task is then really the sender. */
    static boolean isFromProcess(int code) {
        return code == SI_USER || code == SI_QUEUE || code == SI_TKILL;
    }
}

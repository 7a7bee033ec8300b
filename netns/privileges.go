package netns

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// inside is set for the copy of the program that EnsurePrivileges starts, so that it does not start another.
const inside = "IKEWIT_USER_NAMESPACE"

// EnsurePrivileges sees to it that this process may build fabrics. With the rights of root it returns at once.
// Without, it starts this program again, with the same arguments, in a new user, network and mount namespace in
// which it is root; passes signals on to it; and ends with its exit status, never returning. When that cannot be,
// the error says what is missing and what to do. It is to be called first thing in a program.
func EnsurePrivileges() error {
	err := tryNamespace()
	if err == nil {
		return nil
	}
	if os.Getenv(inside) != "" {
		return fmt.Errorf("no network namespace can be made even in a user namespace: %w", explain(err))
	}
	return again()
}

// tryNamespace makes a network namespace and drops it.
func tryNamespace() error {
	tried := make(chan error, 1)
	onThread(func() {
		ns, err := netns.New() // and there the thread ends
		if err == nil {
			ns.Close()
		}
		tried <- err
	})
	return <-tried
}

// again runs this program in a user namespace and ends as it ends.
func again() error {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = os.Args
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2)
	// The child dies with the thread that made it, so that one must not go before the process does.
	runtime.LockOSThread()
	if err := cmd.Start(); err != nil {
		signal.Stop(signals)
		return fmt.Errorf("this needs root, or a user namespace: %w", explain(err))
	}
	go func() {
		for s := range signals {
			// What is typed at the terminal reaches the whole foreground group, the child included.
			if typed := s == unix.SIGINT || s == unix.SIGQUIT; !typed || !inForeground() {
				cmd.Process.Signal(s)
			}
		}
	}()
	err := cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("wait for the program in a user namespace: %w", err)
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		// Sent to this very thread, the signal is dealt with before the call returns.
		signal.Reset(status.Signal())
		unix.Tgkill(os.Getpid(), unix.Gettid(), status.Signal())
		os.Exit(128 + int(status.Signal())) // the signal does not end this process
	}
	os.Exit(status.ExitStatus())
	return nil
}

// inForeground tells whether this process is in the group that its terminal, if it has one, sends signals to.
func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// explain adds to an error of making a namespace what may be the cause of it on this machine.
func explain(err error) error {
	var hints []string
	look := func(name, bad, what string) {
		b, e := os.ReadFile("/proc/sys/" + name)
		if value := strings.TrimSpace(string(b)); e == nil && value == bad {
			hints = append(hints, fmt.Sprintf("%s is %s: %s; as root: sysctl -w %s=...", name, value, what, strings.ReplaceAll(name, "/", ".")))
		}
	}
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS):
		look("user/max_user_namespaces", "0", "user namespaces are turned off")
		look("user/max_net_namespaces", "0", "network namespaces are turned off")
		look("user/max_mnt_namespaces", "0", "mount namespaces are turned off")
		if hints == nil {
			hints = append(hints, "the limit of namespaces of this user is reached (/proc/sys/user/max_*_namespaces)")
		}
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		look("kernel/unprivileged_userns_clone", "0", "only root may make user namespaces")
		look("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor takes the rights in user namespaces away")
		look("user/max_user_namespaces", "0", "user namespaces are turned off")
		if hints == nil {
			hints = append(hints, "a container or sandbox around this process forbids it: run as root, or allow unshare(2) and CAP_SYS_ADMIN")
		}
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		hints = append(hints, "the kernel was built without user or network namespaces")
	}
	if hints == nil {
		return err
	}
	return fmt.Errorf("%w (%s)", err, strings.Join(hints, "; "))
}

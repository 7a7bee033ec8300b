package guest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// initArgument stands on the guest's kernel command line, so that a program that happens to be the first process of a
// container does not take itself for the guest's init.
const initArgument = "ikewit.guest=1"

// Inside reports whether this process runs in a guest: where it does, another one is not wanted.
func Inside() bool {
	line, err := os.ReadFile("/proc/cmdline")
	return err == nil && strings.Contains(string(line), initArgument)
}

// Init does nothing in an ordinary process. In the first process of a guest it mounts the file systems, runs the
// job, reports its exit status and powers off; it does not return. A program that calls Run calls Init first of all.
func Init() {
	if os.Getpid() != 1 {
		return
	}
	if _, err := os.Stat("/modules"); err != nil {
		return
	}
	unix.Mount("proc", "/proc", "proc", 0, "")
	if !Inside() {
		return
	}
	if err := serve(); err != nil {
		fmt.Fprintf(os.Stderr, "guest: %v\n", err)
	}
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {}
}

func serve() error {
	for _, m := range []struct{ source, target, kind string }{
		{"sys", "/sys", "sysfs"}, {"dev", "/dev", "devtmpfs"},
	} {
		if err := unix.Mount(m.source, m.target, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	if err := loadModules("/modules"); err != nil {
		return err
	}
	if err := switchRoot(); err != nil {
		return err
	}
	status, err := runJob()
	if err != nil {
		fmt.Fprintf(os.Stderr, "guest: %v\n", err)
		status = 125
	}
	return writeExit(outMount, status)
}

// loadModules loads every module of a folder in the order of names. One that does not fit this processor is no
// fault of ours: it is told and passed over.
func loadModules(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	sort.Strings(paths)
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && err != unix.EEXIST && err != unix.ENODEV {
			fmt.Fprintf(os.Stderr, "guest: module %s: %v\n", filepath.Base(path), err)
		}
		f.Close()
	}
	return nil
}

// switchRoot lays memory over the host's file system and makes that the root.
func switchRoot() error {
	const options = "trans=virtio,version=9p2000.L,msize=512000"
	steps := []struct {
		source, target, kind string
		flags                uintptr
		data                 string
	}{
		{"root", "/host", "9p", unix.MS_RDONLY, options + ",cache=loose"},
		{"memory", "/memory", "tmpfs", 0, ""},
		{"overlay", "/newroot", "overlay", 0, "lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work"},
		{"/proc", "/newroot/proc", "", unix.MS_MOVE, ""},
		{"/sys", "/newroot/sys", "", unix.MS_MOVE, ""},
		{"/dev", "/newroot/dev", "", unix.MS_MOVE, ""},
		{"run", "/newroot/run", "tmpfs", 0, ""},
		{"out", "/newroot" + outMount, "9p", 0, options + ",cache=none"},
		{"devpts", "/newroot/dev/pts", "devpts", 0, ""},
		{"shm", "/newroot/dev/shm", "tmpfs", 0, ""},
	}
	for _, s := range steps {
		if s.kind == "overlay" {
			os.Mkdir("/memory/upper", 0o755)
			os.Mkdir("/memory/work", 0o755)
		}
		if s.flags != unix.MS_MOVE {
			os.MkdirAll(s.target, 0o755)
		}
		if err := unix.Mount(s.source, s.target, s.kind, s.flags, s.data); err != nil {
			return fmt.Errorf("mount %s: %w", s.target, err)
		}
	}
	if err := unix.Chroot("/newroot"); err != nil {
		return fmt.Errorf("change root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	os.Symlink("/proc/self/fd", "/dev/fd")
	return nil
}

// runJob runs the job with its output on the serial line and gives its exit status.
func runJob() (int, error) {
	j, err := readJob(outMount)
	if err != nil {
		return 0, err
	}
	line, err := os.OpenFile("/dev/ttyS0", os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	if err := loopbackUp(); err != nil {
		return 0, err
	}
	unix.Sethostname([]byte("guest"))
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	// A pipe between: the job shall not take the line for a terminal with somebody in front of it.
	out, in, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	process, err := os.StartProcess(j.Command[0], j.Command, &os.ProcAttr{
		Dir: j.Dir, Env: j.Env, Files: []*os.File{null, in, in}, Sys: &unix.SysProcAttr{Setsid: true},
	})
	in.Close()
	if err != nil {
		return 0, err
	}
	copied := make(chan struct{})
	go func() {
		io.Copy(line, out)
		close(copied)
	}()
	status, err := await(process.Pid)
	select {
	case <-copied:
	case <-time.After(outputPatience): // something that the job left behind holds the pipe
	}
	return status, err
}

// outputPatience is how long the output of what a job leaves running is still taken.
const outputPatience = time.Second

// await collects every process that ends until the one of pid does, and gives its status.
func await(pid int) (int, error) {
	for {
		var status unix.WaitStatus
		ended, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, fmt.Errorf("wait: %w", err)
		case ended != pid:
		case status.Signaled():
			return 128 + int(status.Signal()), nil
		case status.Exited():
			return status.ExitStatus(), nil
		}
	}
}

func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("loopback up: %w", err)
	}
	return nil
}

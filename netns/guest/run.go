package guest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// Config says what to run. The zero value of a field means what its comment says.
type Config struct {
	Command []string // program by absolute path, and arguments
	Dir     string   // working folder; "": this process's
	Env     []string // nil: this process's
	Out     string   // folder that the guest sees writable as /out; "": a temporary one, thrown away
	Cache   string   // folder of unpacked kernels; "": ikewit/kernel in the user's cache folder
	Memory  int      // MiB; 0: 2048
	CPUs    int      // 0: DefaultCPUs
	Stdout  io.Writer
	Console io.Writer // messages of the kernel too, when set: for looking at a boot that fails
}

// DefaultCPUs is how many processors a guest has.
const DefaultCPUs = 2

// ErrDied says that the guest ended without reporting an exit status.
var ErrDied = errors.New("the guest ended without an exit status")

// Missing tells what this machine lacks to run a guest, nil when nothing.
func Missing() error {
	if _, err := exec.LookPath(qemu); err != nil {
		return fmt.Errorf("%s is not installed: apt-get install qemu-system-x86", qemu)
	}
	return nil
}

const qemu = "qemu-system-x86_64"

// Run boots the guest, runs the command and gives its exit status. An error says that there is no status:
// the kernel could not be had, QEMU could not be started, the guest died (ErrDied), or ctx ended.
func Run(ctx context.Context, c Config) (int, error) {
	if err := Missing(); err != nil {
		return 0, err
	}
	if err := c.fill(); err != nil {
		return 0, err
	}
	k, err := findKernel(ctx, c.Cache)
	if err != nil {
		return 0, fmt.Errorf("kernel for the guest: %w", err)
	}
	work, err := os.MkdirTemp("", "ikewit-guest-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(work)
	if c.Out == "" {
		c.Out = filepath.Join(work, "out")
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return 0, err
	}
	os.Remove(filepath.Join(c.Out, exitFile))
	defer os.Remove(filepath.Join(c.Out, jobFile))
	defer os.Remove(filepath.Join(c.Out, exitFile))
	if err := (job{c.Command, c.Dir, c.Env}).write(c.Out); err != nil {
		return 0, err
	}
	initramfs := filepath.Join(work, "initramfs")
	if err := buildInitramfs(initramfs, k); err != nil {
		return 0, err
	}
	if err := boot(ctx, c, k, initramfs); err != nil {
		return 0, err
	}
	status, err := readExit(c.Out)
	if err != nil {
		return 0, ErrDied
	}
	return status, nil
}

func (c *Config) fill() (err error) {
	if len(c.Command) == 0 {
		return errors.New("guest: no command")
	}
	if c.Dir == "" {
		if c.Dir, err = os.Getwd(); err != nil {
			return err
		}
	}
	if c.Env == nil {
		c.Env = os.Environ()
	}
	if c.Cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("cache folder for the guest's kernel (set XDG_CACHE_HOME): %w", err)
		}
		c.Cache = filepath.Join(base, "ikewit", "kernel")
	}
	if c.Memory == 0 {
		c.Memory = 2048
	}
	if c.CPUs == 0 {
		c.CPUs = DefaultCPUs
	}
	if c.Stdout == nil {
		c.Stdout = os.Stdout
	}
	return nil
}

func buildInitramfs(path string, k kernel) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	tree, err := readModules(k.Modules)
	if err != nil {
		return err
	}
	modules, err := tree.order(append(append([]string{}, rootModules...), ipsecModules...))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := writeInitramfs(f, program, modules); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// What makes emulation faster. String instructions are emulated octet by octet, so that neither kernel nor libraries are told that
// they are fast. Translated code is found again by its address, which must therefore be the same in every process.
const (
	processor = "max,-erms,-fsrm"
	emulation = "clearcpuid=rep_good norandmaps"
)

// boot runs QEMU until the guest powers off. What the job prints comes over the first serial port; the kernel's
// own messages go to the second.
func boot(ctx context.Context, c Config, k kernel, initramfs string) error {
	console := "null"
	if c.Console != nil {
		console = "file:/dev/stderr"
	}
	cmd := exec.CommandContext(ctx, qemu,
		"-accel", "tcg,thread=multi", "-cpu", processor, "-m", strconv.Itoa(c.Memory), "-smp", strconv.Itoa(c.CPUs),
		"-nodefaults", "-display", "none", "-vga", "none", "-no-reboot", "-serial", "stdio", "-serial", console,
		"-kernel", k.Image, "-initrd", initramfs,
		"-append", "console=ttyS1 panic=-1 quiet loglevel=4 mitigations=off nokaslr tsc=reliable rcupdate.rcu_expedited=1 "+
			"cryptomgr.notests "+emulation+" "+initArgument,
		"-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap",
		"-device", "virtio-9p-pci,fsdev=root,mount_tag=root",
		"-fsdev", "local,id=out,path="+c.Out+",security_model=none",
		"-device", "virtio-9p-pci,fsdev=out,mount_tag=out")
	cmd.Stdout = &newlines{w: c.Stdout}
	cmd.Stderr = os.Stderr
	if c.Console != nil {
		cmd.Stderr = c.Console
	}
	cmd.Cancel = func() error { return cmd.Process.Kill() }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("guest: %w", ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", qemu, err)
	}
	return nil
}

// newlines takes the carriage returns of a serial line away.
type newlines struct {
	w       io.Writer
	pending bool // the last octet was a carriage return, not yet written
}

func (n *newlines) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+1)
	for _, b := range p {
		if n.pending && b != '\n' {
			out = append(out, '\r')
		}
		n.pending = b == '\r'
		if !n.pending {
			out = append(out, b)
		}
	}
	if _, err := n.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

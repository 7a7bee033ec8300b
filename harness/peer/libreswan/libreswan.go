package libreswan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/peer"
	"ikewit/harness/peer/process"
	"ikewit/impl/sadb"
	"ikewit/netns"
)

// A Peer is one run of pluto.
type Peer struct {
	host    *netns.Host
	terms   peer.Terms
	root    string
	dir     string
	preload string
	daemon  string // in the place of pluto; "": pluto

	journal peer.Journal
	process *process.Process
}

var _ peer.Initiator = (*Peer)(nil)

// New makes a peer in a host of a fabric. dir is a folder of its own; preload, when set, is the library without which pluto
// cannot negotiate on a kernel without ESP.
func New(ctx context.Context, host *netns.Host, t peer.Terms, dir, preload string) (*Peer, error) {
	if err := Missing(ctx); err != nil {
		return nil, err
	}
	root, err := Root(ctx)
	if err != nil {
		return nil, err
	}
	return &Peer{host: host, terms: t, root: root, dir: dir, preload: preload}, nil
}

func (p *Peer) path(name string) string    { return filepath.Join(p.dir, name) }
func (p *Peer) program(name string) string { return filepath.Join(p.root, "usr/libexec/ipsec", name) }

// Start starts pluto, waits until it listens, and loads the connection.
func (p *Peer) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := p.prepare(ctx); err != nil {
		return err
	}
	cmd := p.host.Command(context.Background(), cmp.Or(p.daemon, p.program("pluto")), "--nofork", "--stderrlog", "--config", p.path("ipsec.conf"),
		"--secretsfile", p.path("ipsec.secrets"), "--rundir", p.path("run"), "--nssdir", p.path("nss"), "--ipsecdir", p.path("ipsec.d"))
	// pluto looks for its own programs at one place only.
	cmd.Mounts = []netns.Mount{{At: "/run"}, {At: "/usr/libexec", From: filepath.Join(p.root, "usr/libexec")}}
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(p.root, "usr/sbin")+":"+os.Getenv("PATH"))
	if p.preload != "" {
		cmd.Env = append(cmd.Env, "LD_PRELOAD="+p.preload)
	}
	var err error
	if p.process, err = process.Start(cmd, &p.journal); err != nil {
		return err
	}
	// It loads by itself what has auto=add, then it listens, and the secrets come last.
	if err := p.process.Says(ctx, "loading secrets from"); err != nil {
		return err
	}
	if !p.journal.Has(0, `"`+connectionName+`": added IKEv1 connection`) {
		return fmt.Errorf("libreswan does not take the connection: see its log")
	}
	return nil
}

// startTime is how long a daemon may take to listen: on an emulated processor it takes ten seconds.
const startTime = 25 * time.Second

// Replace runs another program in the place of pluto: to see what becomes of a bad one.
func (p *Peer) Replace(program string) { p.daemon = program }

// prepare writes the files that pluto reads.
func (p *Peer) prepare(ctx context.Context) error {
	text, err := Config(p.terms)
	if err != nil {
		return err
	}
	c := p.terms.Conn
	secrets := fmt.Sprintf("%s %s : PSK 0x%x\n", owner(c.Local), owner(c.Remote), p.terms.Secret.Octets())
	for _, dir := range []string{"run", "nss", "ipsec.d"} {
		if err := os.Mkdir(p.path(dir), 0o700); err != nil {
			return err
		}
	}
	if err := os.WriteFile(p.path("ipsec.conf"), []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(p.path("ipsec.secrets"), []byte(secrets), 0o600); err != nil {
		return err
	}
	return emptyDatabase(ctx, p.path("nss"))
}

// command is one of libreswan's programs, in the host.
func (p *Peer) command(ctx context.Context, name string, args ...string) *netns.Cmd {
	return p.host.Command(ctx, p.program(name), args...)
}

func (p *Peer) run(ctx context.Context, name string, args ...string) error {
	out, err := p.command(ctx, name, args...).CombinedOutput()
	p.journal.Write(peer.Out, name+" "+strings.Join(args, " ")+"\n"+string(out))
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("libreswan, %s: %w: %s", name, err, lines[len(lines)-1])
	}
	return nil
}

// Initiate negotiates the connection; whack waits until it stands or has failed.
func (p *Peer) Initiate(ctx context.Context) error {
	if err := p.run(ctx, "whack", "--rundir", p.path("run"), "--name", connectionName, "--initiate"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, logTime)
	defer cancel()
	if err := p.journal.Until(ctx, func() bool { return p.Pairs() > 0 }); err != nil {
		return errors.New("libreswan: the connection does not stand: see its log")
	}
	return nil
}

// logTime is how long what pluto has logged may take to be read, after whack has ended.
const logTime = 2 * time.Second

// Terminate ends the connection.
func (p *Peer) Terminate(ctx context.Context) error {
	return p.run(ctx, "whack", "--rundir", p.path("run"), "--name", connectionName, "--terminate")
}

// Established reports whether IPsec SAs stand, as pluto says it.
func (p *Peer) Established(ctx context.Context) (bool, error) {
	out, err := p.command(ctx, "whack", "--rundir", p.path("run"), "--trafficstatus").Output()
	if err != nil {
		return false, fmt.Errorf("libreswan, whack --trafficstatus: %w", err)
	}
	return strings.Contains(string(out), `"`+connectionName+`"`), nil
}

// Host is where it runs.
func (p *Peer) Host() string { return p.host.Name() }

// Command is what one would type.
func (p *Peer) Command() string {
	return fmt.Sprintf("pluto --nofork --stderrlog --config %s --rundir %s --nssdir %s", p.path("ipsec.conf"), p.path("run"), p.path("nss"))
}

// Version is like "Libreswan 4.10", as it logs it.
func (p *Peer) Version() string {
	for _, l := range p.journal.Lines(0) {
		if _, after, ok := strings.Cut(l.Text, "Starting Pluto (Libreswan Version "); ok {
			version, _, _ := strings.Cut(after, " ")
			return "Libreswan " + version
		}
	}
	return ""
}

// PID is the number of pluto's process, once it is started; 0 before.
func (p *Peer) PID() int {
	if p.process == nil {
		return 0
	}
	return p.process.PID()
}

// End is SIGTERM.
func (p *Peer) End() { p.process.End() }

// Ended is closed at the end.
func (p *Peer) Ended() <-chan struct{} { return p.process.Ended() }

// Status is the exit status, once it has ended.
func (p *Peer) Status() int { return p.process.Status() }

// Journal is what it logged.
func (p *Peer) Journal() *peer.Journal { return &p.journal }

// SAs are in the kernel, and read there.
func (p *Peer) SAs() ([]sadb.SA, bool, error) { return nil, false, nil }

// Policies likewise.
func (p *Peer) Policies() ([]sadb.Policy, bool, error) { return nil, false, nil }

// Kernel names the IPsec stack.
func (p *Peer) Kernel() string {
	if p.preload != "" {
		return "none"
	}
	return "xfrm"
}

// Exponents stay its own.
func (p *Peer) Exponents() []crypt.Secret { return nil }

// Close ends pluto.
func (p *Peer) Close() error {
	if p.process == nil {
		return nil
	}
	return p.process.Close()
}

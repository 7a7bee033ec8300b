package strongswan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/strongswan/govici/vici"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/peer"
	"ikewit/harness/peer/process"
	"ikewit/impl/sadb"
	"ikewit/netns"
)

// A Peer is one run of charon.
type Peer struct {
	host    *netns.Host
	terms   peer.Terms
	esp     ESP
	dir     string
	preload string
	tuning  Tuning
	program string // in the place of charon; "": charon

	journal peer.Journal
	process *process.Process
	session *vici.Session

	mu    sync.Mutex
	lines []net.Conn // to charon
}

var _ peer.Initiator = (*Peer)(nil)

// ESP says where charon keeps its SAs.
type ESP uint8

const (
	// InKernel is the kernel's own ESP and AH.
	InKernel ESP = iota
	// InUserSpace is charon's library: tunnel mode in UDP only, with data.
	InUserSpace
	// Nowhere is the kernel with its refusals turned into success: everything is negotiated, no data flows.
	Nowhere
)

// CarriesInUserSpace reports whether charon's library can carry what some terms ask for: ESP with authentication, in tunnel
// mode, in UDP.
func CarriesInUserSpace(t peer.Terms) bool {
	offer := t.Conn.IPsec.Offer
	if !t.ForceEncap || len(offer) != 1 || len(offer[0].Protocols) != 1 || offer[0].Mode != sadb.Tunnel {
		return false
	}
	p := offer[0].Protocols[0]
	return p.Proto == sadb.ESP && (p.Integrity != nil || p.Cipher != nil && p.Cipher.AEAD())
}

// Charon is where Debian puts the daemon.
const Charon = "/usr/lib/ipsec/charon"

// Missing tells what is not installed, nil when nothing.
func Missing() error {
	if _, err := os.Stat(Charon); err != nil {
		return fmt.Errorf("%w: apt-get install strongswan-charon strongswan-swanctl libstrongswan-extra-plugins libcharon-extra-plugins", err)
	}
	return nil
}

// New makes a peer in a host of a fabric. dir is a folder of its own for configuration, log and socket. preload is the
// library of Nowhere.
func New(host *netns.Host, t peer.Terms, esp ESP, dir, preload string) (*Peer, error) {
	if err := Missing(); err != nil {
		return nil, err
	}
	return &Peer{host: host, terms: t, esp: esp, dir: dir, preload: preload}, nil
}

// plugins in the order in which charon asks them: no more than it needs, for each takes time to load. gmp takes exponents no longer than
// their strength asks for; kernel-libipsec must come before kernel-netlink.
const (
	pluginsBefore = "gmp random nonce openssl"
	pluginsAfter  = "kernel-netlink socket-default vici"
)

func (p *Peer) strongswanConf() string {
	plugins := pluginsBefore + " " + pluginsAfter
	threads := cmp.Or(p.tuning.Threads, 8) // each costs time where a program takes long to start
	if p.esp == InUserSpace {
		threads = 16 // its stack takes some for good
		plugins = pluginsBefore + " kernel-libipsec " + pluginsAfter
	}
	return fmt.Sprintf(`charon {
    load = %s
    %s
    threads = %d
    %s
    i_dont_care_about_security_and_use_aggressive_mode_psk = yes
    retransmit_timeout = 2
    retransmit_tries = 2
    plugins {
        vici { socket = unix://%s }
    }
    filelog {
        stderr {
            %s
            flush_line = yes
        }
    }
}
`, strings.TrimPrefix(plugins, word(p.tuning.LongExponents, "gmp ", "")), p.tuning.settings(), threads, word(p.esp == InUserSpace, "", noRoutes), p.socket(), p.tuning.log())
}

// noRoutes keeps charon from having a routing table of its own, which it leaves behind when it is killed. Its own stack needs one.
const noRoutes = "install_routes = no\n    routing_table = 0"

func (p *Peer) socket() string { return filepath.Join(p.dir, "vici") }

// Start starts charon, waits for its socket and loads the connection.
func (p *Peer) Start(ctx context.Context) error {
	conf := filepath.Join(p.dir, "strongswan.conf")
	if err := os.WriteFile(conf, []byte(p.strongswanConf()), 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	cmd := p.host.Command(context.Background(), cmp.Or(p.program, Charon))
	cmd.Mounts = []netns.Mount{{At: "/run"}}
	cmd.Env = append(os.Environ(), "STRONGSWAN_CONF="+conf)
	if p.esp == Nowhere {
		cmd.Env = append(cmd.Env, "LD_PRELOAD="+p.preload)
	}
	var err error
	if p.process, err = process.Start(cmd, &p.journal); err != nil {
		return err
	}
	if err = p.process.Says(ctx, "worker threads"); err != nil { // its sockets listen by then
		return err
	}
	if p.session, err = vici.NewSession(vici.WithAddr("unix", p.socket()), vici.WithDialContext(p.dial)); err != nil {
		return fmt.Errorf("vici: %w", err)
	}
	return p.load(ctx)
}

// startTime is how long a daemon may take to listen: on an emulated processor it takes ten seconds.
const startTime = 25 * time.Second

// Replace runs another program in the place of charon: to see what becomes of a bad one.
func (p *Peer) Replace(program string) { p.program = program }

// load gives charon the secret and the connection.
func (p *Peer) load(ctx context.Context) error {
	secret := vici.NewMessage()
	for key, value := range map[string]any{
		"id": connectionName, "type": "IKE", "data": string(p.terms.Secret.Octets()),
		"owners": []string{identity(p.terms.Conn.Local), identity(p.terms.Conn.Remote)},
	} {
		if err := secret.Set(key, value); err != nil {
			return err
		}
	}
	if err := p.ask(ctx, "load-shared", secret); err != nil {
		return err
	}
	settings, err := connection(p.terms, p.tuning)
	if err != nil {
		return err
	}
	m, err := message([]setting{{key: connectionName, in: settings}})
	if err != nil {
		return err
	}
	return p.ask(ctx, "load-conn", m)
}

// ask sends a command; charon says why it refuses one. One that does not answer is not waited for longer than asked.
func (p *Peer) ask(ctx context.Context, command string, m *vici.Message) error {
	defer p.hangUp(ctx)()
	answer, err := p.session.CommandRequest(command, m)
	if err != nil {
		return fmt.Errorf("charon, %s: %w", command, errors.Join(context.Cause(ctx), err))
	}
	if err := answer.Err(); err != nil {
		return fmt.Errorf("charon, %s: %w", command, err)
	}
	return nil
}

// dial connects to charon's socket for the library, and keeps the connection.
func (p *Peer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err == nil {
		p.mu.Lock()
		p.lines = append(p.lines, c)
		p.mu.Unlock()
	}
	return c, err
}

// hangUp closes the connections when the context ends: the library waits for an answer for ever, and cannot be told not to. The
// result takes that back.
func (p *Peer) hangUp(ctx context.Context) (off func()) {
	stop := context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.lines {
			c.Close()
		}
	})
	return func() { stop() }
}

// Initiate negotiates the child and returns when it stands or has failed.
func (p *Peer) Initiate(ctx context.Context) error {
	timeout := 20 * time.Second
	if at, ok := ctx.Deadline(); ok {
		timeout = time.Until(at)
	}
	m := vici.NewMessage()
	for key, value := range map[string]string{"child": childName, "ike": connectionName, "timeout": fmt.Sprint(timeout.Milliseconds()), "loglevel": "-1"} {
		if err := m.Set(key, value); err != nil {
			return err
		}
	}
	return p.ask(ctx, "initiate", m)
}

// Terminate ends the IKE SA and with it the child.
func (p *Peer) Terminate(ctx context.Context) error {
	m := vici.NewMessage()
	for key, value := range map[string]string{"ike": connectionName, "force": "yes", "timeout": "2000"} {
		if err := m.Set(key, value); err != nil {
			return err
		}
	}
	return p.ask(ctx, "terminate", m)
}

// Host is where it runs.
func (p *Peer) Host() string { return p.host.Name() }

// Command is what one would type.
func (p *Peer) Command() string {
	return fmt.Sprintf("STRONGSWAN_CONF=%s %s", filepath.Join(p.dir, "strongswan.conf"), Charon)
}

// Version is like "strongSwan 5.9.8", as it logs it.
func (p *Peer) Version() string {
	for _, l := range p.journal.Lines(0) {
		if _, after, ok := strings.Cut(l.Text, "Starting IKE charon daemon ("); ok {
			version, _, _ := strings.Cut(after, ",")
			return version
		}
	}
	return ""
}

// End is SIGTERM.
func (p *Peer) End() { p.process.End() }

// Ended is closed at the end.
func (p *Peer) Ended() <-chan struct{} { return p.process.Ended() }

// Status is the exit status, once it has ended.
func (p *Peer) Status() int { return p.process.Status() }

// Journal is what it logged.
func (p *Peer) Journal() *peer.Journal { return &p.journal }

// SAs cannot be read through vici with keys; those of the kernel are read there.
func (p *Peer) SAs() ([]sadb.SA, bool, error) { return nil, false, nil }

// Policies likewise.
func (p *Peer) Policies() ([]sadb.Policy, bool, error) { return nil, false, nil }

// Kernel names the IPsec stack.
func (p *Peer) Kernel() string { return [...]string{"xfrm", "libipsec", "none"}[p.esp] }

// Exponents stay its own.
func (p *Peer) Exponents() []crypt.Secret { return nil }

// Close ends charon.
func (p *Peer) Close() error {
	if p.process == nil {
		return nil
	}
	var errs []error
	if p.session != nil {
		if err := p.session.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, p.process.Close())...)
}

// Established reports whether the child stands, as charon says it.
func (p *Peer) Established(ctx context.Context) (bool, error) {
	defer p.hangUp(ctx)()
	list, err := p.session.StreamedCommandRequest("list-sas", "list-sa", nil)
	if err != nil {
		return false, fmt.Errorf("charon, list-sas: %w", err)
	}
	for _, m := range list {
		sa, ok := m.Get(connectionName).(*vici.Message)
		if !ok || !strings.EqualFold(fmt.Sprint(sa.Get("state")), "ESTABLISHED") {
			continue
		}
		if children, ok := sa.Get("child-sas").(*vici.Message); ok && len(children.Keys()) > 0 {
			return true, nil
		}
	}
	return false, nil
}

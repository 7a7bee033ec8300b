package plutoplus

import (
	"fmt"
	"net/netip"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/daemon"
	"ikewit/impl/engine"
	"ikewit/impl/ike"
	"ikewit/impl/pfserver"
	"ikewit/impl/sadb"
	"ikewit/impl/secret"
)

// Config is what a program is made of. Options, Log and Host are needed.
type Config struct {
	Options *Options // of Parse
	Log     Log
	Host    Host
	Ready   func() // called by Execute when the sockets are bound
	Listen  Listeners

	// What a harness may put in the place of the real thing. A driver given here stays open.
	Driver      sadb.Driver
	Secrets     secret.Finder
	Connections conn.Database // for peers that call
	Entropy     ike.Entropy
	Seams       engine.Seams
	Limits      ike.Limits
	Now         func() time.Time
}

// A Host is a machine, or a namespace of it: *daemon.Host, or one in memory.
type Host interface {
	// Listen binds the address, of which the zero netip.Addr is all, and with natt its port 4500 too. stack is where the SAs are:
	// the driver's name, or what --kernel says of a key engine.
	Listen(local netip.AddrPort, stack string, natt bool) (daemon.Sockets, error)

	// Source gives the address that this host sends from to a peer.
	Source(peer netip.Addr) (netip.Addr, error)

	// Own reports whether an address is one of this host's.
	Own(a netip.Addr) bool

	// Lookup gives the addresses of a host name.
	Lookup(host string) ([]netip.Addr, error)

	// Driver opens the SA database that --kernel names; why says which it is and why.
	Driver(kernel string) (d sadb.Driver, why string, err error)

	// Entropy is the randomness of this host.
	Entropy() ike.Entropy
}

// Open resolves names, reads secrets, binds the port and opens the SA database: whatever can
// go wrong before the first message. An error that is a *UsageError wants the usage text.
func Open(cfg Config) (*Program, error) {
	o := cfg.Options
	p := &Program{options: o, out: &output{cfg.Log, o.Mode, o.Show}, listen: cfg.Listen, source: cfg.Host.Source}
	var err error
	if p.ends, err = o.Resolve(cfg.Host.Lookup); err != nil {
		return nil, err
	}
	p.greet()
	finder, err := p.secrets(cfg)
	if err != nil {
		return nil, err
	}
	if err = p.openDriver(cfg); err != nil {
		return nil, err
	}
	sockets, err := cfg.Host.Listen(netip.AddrPortFrom(p.ends.Listen, o.Port), p.stack(), o.NATT != conn.NATTOff)
	if err != nil {
		p.close()
		return nil, err
	}
	p.out.info("listening on %s", where(p.ends.Listen, o.Port))
	entropy := cfg.Entropy
	if entropy == nil {
		entropy = cfg.Host.Entropy()
	}
	connections := cfg.Connections
	if connections == nil {
		connections = p.database()
	}
	p.assemble(engine.New(engine.Config{
		Connections: connections,
		Secrets:     finder,
		Entropy:     entropy,
		Seams:       cfg.Seams,
		Limits:      cfg.Limits,
		Trace: ike.Trace{
			Messages:  o.Mode != Daemon || cfg.Listen.Event != nil,
			Decisions: o.Show&ShowTrace != 0,
			Values:    o.Show&ShowValues != 0,
		},
	}), sockets, cfg.Now)
	return p, nil
}

// greet says what is in force, and warns of what nobody should rely on.
func (p *Program) greet() {
	if p.options.Mode != Daemon {
		for _, name := range p.options.Obsolete() {
			p.out.warn("warning: obsolete algorithm %s", name)
		}
	}
	for _, line := range p.options.describe() {
		p.out.trace("%s", line)
	}
}

// secrets opens the secrets file. In WIT mode it is read now and only now, and must have an entry for the peer.
func (p *Program) secrets(cfg Config) (secret.Finder, error) {
	if cfg.Secrets != nil {
		return cfg.Secrets, nil
	}
	file := &secretsFile{
		path: p.options.SecretsFile,
		own:  cfg.Host.Own,
		warn: func(format string, args ...any) { p.out.warn("warning: "+format, args...) },
		lookup: func(host string) []netip.Addr {
			list, _ := cfg.Host.Lookup(host)
			return list
		},
	}
	if p.options.Mode != WIT {
		return file, nil
	}
	file.witDir = p.options.WITDir
	f, err := file.read()
	if missing(err) {
		return nil, secret.None(p.ends.Peer(), p.options.SecretsFile)
	}
	if err != nil {
		return nil, err
	}
	local, err := cfg.Host.Source(p.ends.Peer())
	if p.ends.Listen.IsValid() {
		local = p.ends.Listen
	} else if err != nil {
		local = netip.Addr{} // it may have a way when the peer calls
	}
	if _, err := f.PreShared(local, p.ends.Peer(), conn.Identity{}); err != nil {
		return nil, err
	}
	return f, nil
}

// openDriver opens the SA database of the options, or takes the one that was given.
func (p *Program) openDriver(cfg Config) error {
	if cfg.Driver != nil {
		p.driver = cfg.Driver
	} else {
		d, why, err := cfg.Host.Driver(p.options.Kernel)
		if err != nil {
			return fmt.Errorf("--kernel %s: %w", p.options.Kernel, err)
		}
		p.driver, p.ours = d, d
		p.out.info("%s", why)
	}
	return p.serveKeys()
}

// serveKeys opens the socket of --pfkey. The engine then is one key manager among others.
func (p *Program) serveKeys() (err error) {
	path := p.options.PFKey
	if path == "" {
		return nil
	}
	name := p.driver.Name()
	p.keys, err = pfserver.Start(path, pfserver.Config{Database: p.driver, Slow: name == "xfrm" || name == "pfkey"})
	if err != nil {
		p.close()
		return fmt.Errorf("--pfkey: %w", err)
	}
	p.driver = p.keys.Driver()
	p.out.info("PF_KEYv2 at %s", path)
	return nil
}

// stack is where the SAs are: the driver's name, or what --kernel says of a key engine.
func (p *Program) stack() string {
	if name := p.driver.Name(); name != "pfkey" {
		return name
	}
	return p.options.Kernel
}

// where names the address that is bound.
func where(listen netip.Addr, port uint16) string {
	if !listen.IsValid() {
		return fmt.Sprintf("all addresses, port %d", port)
	}
	return netip.AddrPortFrom(listen, port).String()
}

// Package netns builds a topology out of network namespaces of the Linux kernel, runs things inside its hosts,
// and takes it all down again.
//
// The namespaces are anonymous: only file descriptors of this process (and sockets and programs inside) hold
// them, so that nothing stays behind, even after a crash. A namespace belongs to a thread: what is to happen
// inside a host goes through Host.Do or Host.Command. A socket stays in the namespace in which it was opened and
// may be used from anywhere.
//
// A fabric is quiet and exact: neighbours are known from the start (no ARP, no neighbour discovery), IPv6
// addresses are usable at once (no duplicate address detection), routers advertise nothing, ICMP errors are not
// rationed, and checksums are complete in captures.
package netns

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/vishvananda/netns"

	"ikewit/netns/topo"
)

// Options say how to build. The zero value works.
type Options struct {
	// RunID tells the fabrics of one machine apart: it is part of the alias of every device and of the names that
	// Keep gives. At most 20 letters, digits, dots and dashes; empty means "run".
	RunID string

	// Offload leaves segmentation and checksums to the devices, as the kernel does by default: a TCP stream
	// between two hosts is then several times faster, but captures show packets of up to 64 KiB whose checksums
	// are not filled in. For measuring throughput.
	Offload bool
}

// A Fabric is a topology that was built.
type Fabric struct {
	Topology topo.Topology
	RunID    string

	hosts  []*Host
	byName map[string]*Host
	home   netns.NsHandle // where this process lives

	mu     sync.Mutex
	closed bool
	cmds   map[*Cmd]bool // started and not yet waited for

	drops atomic.Uint64 // made so far: it numbers their tables
}

var runIDs = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$`)

// Build makes namespaces, links, addresses, routes and translators as the topology says. When it returns,
// everything is up and usable. When it fails, nothing is left.
func Build(t topo.Topology, o Options) (*Fabric, error) {
	if o.RunID == "" {
		o.RunID = "run"
	}
	if !runIDs.MatchString(o.RunID) {
		return nil, fmt.Errorf("run id %q is not %s", o.RunID, runIDs)
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	f := &Fabric{Topology: t, RunID: o.RunID, home: netns.None(), byName: map[string]*Host{}, cmds: map[*Cmd]bool{}}
	if err := f.build(o); err != nil {
		return nil, errors.Join(fmt.Errorf("build topology %q: %w", t.Name, err), f.Close())
	}
	return f, nil
}

func (f *Fabric) build(o Options) error {
	if err := f.makeNamespaces(); err != nil {
		return err
	}
	defer func() {
		for _, h := range f.hosts {
			h.closeHandle()
		}
	}()
	for _, h := range f.hosts {
		if err := h.Do(h.prepare); err != nil {
			return err
		}
	}
	for i, l := range f.Topology.Links {
		if err := f.plug(i, l, o.Offload); err != nil {
			return fmt.Errorf("link %q: %w", l.Name, err)
		}
	}
	for _, h := range f.hosts {
		if err := h.finish(); err != nil {
			return fmt.Errorf("host %q: %w", h.name, err)
		}
	}
	return nil
}

// makeNamespaces gives every host of the topology a namespace of its own.
func (f *Fabric) makeNamespaces() error {
	made := make(chan error, 1)
	onThread(func() {
		home, err := netns.Get()
		if err != nil {
			made <- fmt.Errorf("find the network namespace of this process: %w", err)
			return
		}
		f.home = home
		for _, spec := range f.Topology.Hosts {
			ns, err := netns.New()
			if err != nil {
				made <- fmt.Errorf("make a network namespace for host %q: %w", spec.Name, explain(err))
				break
			}
			h := &Host{name: spec.Name, spec: spec, fabric: f, ns: ns}
			f.hosts = append(f.hosts, h)
			f.byName[spec.Name] = h
		}
		// A new namespace is also entered: if there is no way back, the thread must end.
		if netns.Set(home) == nil {
			runtime.UnlockOSThread()
		}
		close(made)
	})
	return <-made
}

// Host returns the host of that name. It panics when there is none, as an index out of range does: ask
// Fabric.Topology first where the name comes from outside.
func (f *Fabric) Host(name string) *Host {
	h, ok := f.byName[name]
	if !ok {
		panic(fmt.Sprintf("netns: topology %q has no host %q", f.Topology.Name, name))
	}
	return h
}

// Hosts returns all hosts in the order of the topology.
func (f *Fabric) Hosts() []*Host {
	return append([]*Host(nil), f.hosts...)
}

// Close ends the programs that still run inside and lets go of the namespaces; the kernel then removes them with
// all that is in them. A socket still open in a namespace keeps it alive: ask Leftovers first. Close may be called
// twice.
func (f *Fabric) Close() error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	running := make([]*Cmd, 0, len(f.cmds))
	for c := range f.cmds {
		running = append(running, c)
	}
	f.mu.Unlock()

	var errs []error
	for _, c := range running {
		errs = append(errs, c.kill())
		c.Wait() // that it was killed is no error of ours
	}
	for _, h := range f.hosts {
		errs = append(errs, h.ns.Close())
	}
	if f.home.IsOpen() {
		errs = append(errs, f.home.Close())
	}
	return errors.Join(errs...)
}

// Package foreign finds an implementation of others by its name: how it is made, configured and known to fail.
package foreign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"ikewit/harness/peer"
	"ikewit/harness/peer/libreswan"
	"ikewit/harness/peer/preload"
	"ikewit/harness/peer/strongswan"
	"ikewit/impl/driver/xfrm"
	"ikewit/netns"
)

// An Order is one peer that is wanted.
type Order struct {
	Host  *netns.Host
	Terms peer.Terms
	Dir   string // a folder of its own
}

// Lacks says that a peer cannot do what is asked of it. It is no failure of anybody.
type Lacks struct{ Err error }

func (e *Lacks) Error() string { return e.Err.Error() }

// Missing says that a peer is not there to be run.
type Missing struct{ Err error }

func (e *Missing) Error() string { return e.Err.Error() }

// A row is one implementation.
type row struct {
	name    string
	config  func(peer.Terms) (string, error)
	known   func() ([]peer.Known, error)
	version func(context.Context) (string, error)
	missing func(context.Context) error
	carries func(peer.Terms) bool                                                    // data in a stack of its own, where the kernel has no ESP
	make    func(ctx context.Context, o Order, library string) (peer.Foreign, error) // library: of NoStack, else ""
}

var rows = []row{
	{
		"strongswan", strongswan.Config, strongswan.KnownFailures, strongswan.Version, func(context.Context) error { return strongswan.Missing() },
		strongswan.CarriesInUserSpace, newStrongswan,
	},
	{
		"libreswan", libreswan.Config, libreswan.KnownFailures, libreswan.Version, libreswan.Missing,
		func(peer.Terms) bool { return false }, newLibreswan,
	},
}

// Stacks in which a foreign peer has its SAs.
const (
	KernelStack = "xfrm"
	OwnStack    = "its own"
	NoStack     = "none" // everything is negotiated, and no data flows
)

// Stack tells in which one a peer will have the SAs of some terms on the kernel of a host.
func Stack(name string, h *netns.Host, t peer.Terms) string {
	r, err := find(name)
	switch {
	case KernelHasESP(h):
		return KernelStack
	case err == nil && r.carries(t):
		return OwnStack
	}
	return NoStack
}

// Names lists the implementations.
func Names() []string {
	var list []string
	for _, r := range rows {
		list = append(list, r.name)
	}
	return list
}

// New makes a peer. Where it has no stack for its SAs it negotiates with the preload and carries no data: Kernel says "none".
// Errors are *Lacks, *Missing, or of the system.
func New(ctx context.Context, name string, o Order) (peer.Foreign, error) {
	r, err := find(name)
	if err != nil {
		return nil, err
	}
	if _, err := r.config(o.Terms); err != nil {
		return nil, &Lacks{err}
	}
	if err := r.missing(ctx); err != nil {
		return nil, &Missing{err}
	}
	library := ""
	if Stack(name, o.Host, o.Terms) == NoStack {
		if library, err = preload.Cached(ctx); err != nil {
			return nil, &Missing{err}
		}
	}
	return r.make(ctx, o, library)
}

// Config is the configuration for hand use. The error is a *Lacks where the peer cannot.
func Config(name string, t peer.Terms) (string, error) {
	r, err := find(name)
	if err != nil {
		return "", err
	}
	text, err := r.config(t)
	if err != nil {
		return "", &Lacks{err}
	}
	return text, nil
}

// KnownFailures are those of a peer.
func KnownFailures(name string) ([]peer.Known, error) {
	r, err := find(name)
	if err != nil {
		return nil, err
	}
	return r.known()
}

// Version is what the installed program calls itself. The error is a *Missing where it is not there.
func Version(ctx context.Context, name string) (string, error) {
	r, err := find(name)
	if err != nil {
		return "", err
	}
	if err := r.missing(ctx); err != nil {
		return "", &Missing{err}
	}
	return r.version(ctx)
}

func find(name string) (row, error) {
	i := slices.IndexFunc(rows, func(r row) bool { return r.name == name })
	if i < 0 {
		return row{}, fmt.Errorf("no peer %q; there are %s", name, strings.Join(Names(), ", "))
	}
	return rows[i], nil
}

func newStrongswan(_ context.Context, o Order, library string) (peer.Foreign, error) {
	esp := strongswan.InKernel
	if library != "" {
		esp = strongswan.Nowhere
	} else if !KernelHasESP(o.Host) {
		esp = strongswan.InUserSpace
	}
	return strongswan.New(o.Host, o.Terms, esp, o.Dir, library)
}

func newLibreswan(ctx context.Context, o Order, library string) (peer.Foreign, error) {
	return libreswan.New(ctx, o.Host, o.Terms, o.Dir, library)
}

var probe struct {
	sync.Once
	usable bool
}

// KernelHasESP reports whether SAs can be put into the kernel of this machine. It is tried once, in a host that was made
// for tests.
func KernelHasESP(h *netns.Host) bool {
	probe.Do(func() {
		err := h.Do(func() error {
			d, err := xfrm.New()
			if err != nil {
				return err
			}
			a, err := d.Probe()
			probe.usable = err == nil && a.Usable()
			return errors.Join(err, d.Close())
		})
		probe.usable = probe.usable && err == nil
	})
	return probe.usable
}

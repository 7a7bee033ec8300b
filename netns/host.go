package netns

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"ikewit/netns/topo"
)

// A Host is one host of a fabric: a network namespace.
type Host struct {
	name   string
	spec   topo.Host
	fabric *Fabric
	ns     netns.NsHandle
	handle *netlink.Handle // only while the host is built
	built  census          // what Build left in it
}

// Name is the name of the host in its topology.
func (h *Host) Name() string { return h.name }

// FullName is the name of the host that no other fabric has: run id, topology, host.
func (h *Host) FullName() string {
	return fmt.Sprintf("ikewit-%s-%s-%s", h.fabric.RunID, h.fabric.Topology.Name, h.name)
}

// Path names the namespace for other programs, as long as this process lives: nsenter --net=PATH.
func (h *Host) Path() string {
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), int(h.ns))
}

// ErrEnded is what Do returns when the function ended its goroutine instead of returning, as a test's FailNow does.
var ErrEnded = errors.New("the function ended its goroutine")

// Do runs f on a thread that is inside the host and returns what it returns. Sockets and files that f opens may be
// used everywhere afterwards; goroutines that f starts are not inside. f may call Do, of this host or another.
// Do may be called by many goroutines at once.
func (h *Host) Do(f func() error) error {
	done := make(chan error, 1)
	onThread(func() {
		err := ErrEnded
		defer func() { done <- err }()
		if e := netns.Set(h.ns); e != nil {
			err = fmt.Errorf("enter host %q: %w", h.name, e)
			return
		}
		err = f()
		// A thread that did not come home must not serve others: then the lock stays and the thread ends.
		if netns.Set(h.fabric.home) == nil {
			runtime.UnlockOSThread()
		}
	})
	return <-done
}

// Keep gives the namespace a name that outlives this process, for `ip netns exec NAME`; it returns NAME. Whoever
// asks for it has to run `ip netns del NAME` later.
func (h *Host) Keep() (string, error) {
	const folder = "/run/netns"
	name := h.FullName()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("keep host %q: %w", h.name, err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDONLY, 0o444)
	if err != nil {
		return "", fmt.Errorf("keep host %q: %w", h.name, err)
	}
	file.Close()
	if err := unix.Mount(fmt.Sprintf("/proc/self/fd/%d", int(h.ns)), path, "", unix.MS_BIND, ""); err != nil {
		os.Remove(path)
		return "", fmt.Errorf("keep host %q: mount %s: %w", h.name, path, err)
	}
	return name, nil
}

// prepare runs inside: it opens netlink, sets what must be set before there are devices, and takes the loopback up.
func (h *Host) prepare() error {
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("host %q: open netlink: %w", h.name, err)
	}
	h.handle = handle
	if err := setAll(hostSettings(h.spec.Forward)); err != nil {
		return fmt.Errorf("host %q: %w", h.name, err)
	}
	if slices.ContainsFunc(h.fabric.Topology.EndsOf(h.name), hasIPv6) {
		if err := silenceReports(); err != nil {
			return fmt.Errorf("host %q: keep reports of multicast groups back: %w", h.name, err)
		}
	}
	lo, err := handle.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("host %q: find lo: %w", h.name, err)
	}
	if err := handle.LinkSetUp(lo); err != nil {
		return fmt.Errorf("host %q: take lo up: %w", h.name, err)
	}
	return nil
}

// finish adds what needs all links, and remembers what was built.
func (h *Host) finish() error {
	for _, r := range h.spec.Routes {
		if err := h.handle.RouteAdd(&netlink.Route{Dst: ipNet(r.To), Gw: r.Via.AsSlice()}); err != nil {
			return fmt.Errorf("route to %v via %v: %w", r.To, r.Via, err)
		}
	}
	return h.Do(func() error {
		if err := h.awaitAddresses(h.fabric.Topology); err != nil {
			return err
		}
		for _, n := range h.fabric.Topology.NATs {
			if n.Host == h.name {
				if err := translate(h.fabric.Topology, n); err != nil {
					return fmt.Errorf("NAT on link %q: %w", n.Link, err)
				}
			}
		}
		built, err := takeCensus()
		h.built = built
		return err
	})
}

func (h *Host) closeHandle() {
	if h.handle != nil {
		h.handle.Close()
		h.handle = nil
	}
}

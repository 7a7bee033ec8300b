package netns

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A census is what there is in a namespace, a line each.
type census map[string]bool

// Leftovers lists what is in the host now and was not when it was built, and what is missing since: devices,
// addresses, routes, rules, tables of nftables, XFRM states and policies, open sockets, and programs. Nothing is left
// over when a scenario cleaned up after itself.
func (h *Host) Leftovers() ([]string, error) {
	var now census
	err := h.Do(func() (err error) {
		now, err = takeCensus()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for leftovers in host %q: %w", h.name, err)
	}
	var list []string
	for line := range now {
		if !h.built[line] {
			list = append(list, line)
		}
	}
	for line := range h.built {
		if !now[line] {
			list = append(list, "missing: "+line)
		}
	}
	programs, err := h.programs()
	if err != nil {
		return nil, fmt.Errorf("look for programs in host %q: %w", h.name, err)
	}
	list = append(list, programs...)
	slices.Sort(list)
	return list, nil
}

// Leftovers lists the leftovers of all hosts, each with the host's name in front.
func (f *Fabric) Leftovers() ([]string, error) {
	var list []string
	for _, h := range f.hosts {
		lines, err := h.Leftovers()
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			list = append(list, h.name+": "+line)
		}
	}
	return list, nil
}

// takeCensus runs inside.
func takeCensus() (census, error) {
	c := census{}
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE, unix.NETLINK_XFRM)
	if err != nil {
		return nil, fmt.Errorf("open netlink: %w", err)
	}
	defer handle.Close()
	for _, take := range []func(*netlink.Handle) error{c.devices, c.routes, c.rules, c.xfrm} {
		if err := take(handle); err != nil {
			return nil, err
		}
	}
	if err := c.tables(); err != nil {
		return nil, err
	}
	return c, c.sockets()
}

func (c census) add(format string, args ...any) { c[fmt.Sprintf(format, args...)] = true }

func (c census) devices(h *netlink.Handle) error {
	links, err := h.LinkList()
	if err != nil {
		return fmt.Errorf("list devices: %w", err)
	}
	names := map[int]string{}
	for _, l := range links {
		a := l.Attrs()
		state := "down"
		if a.RawFlags&unix.IFF_UP != 0 {
			state = "up"
		}
		names[a.Index] = a.Name
		c.add("device %s (%s, %s)", a.Name, l.Type(), state)
	}
	addrs, err := h.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return fmt.Errorf("list addresses: %w", err)
	}
	for _, a := range addrs {
		c.add("address %v on %s", a.IPNet, names[a.LinkIndex])
	}
	return nil
}

func (c census) routes(h *netlink.Handle) error {
	// Table 0 stands for all of them; the table of local addresses follows from the addresses.
	all := &netlink.Route{Table: unix.RT_TABLE_UNSPEC}
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		routes, err := h.RouteListFiltered(family, all, netlink.RT_FILTER_TABLE)
		if err != nil {
			return fmt.Errorf("list routes: %w", err)
		}
		for _, r := range routes {
			if r.Table != unix.RT_TABLE_LOCAL {
				c.add("route to %v via %v, device %d, type %d, metric %d, table %d", r.Dst, r.Gw, r.LinkIndex, r.Type, r.Priority, r.Table)
			}
		}
	}
	return nil
}

func (c census) rules(h *netlink.Handle) error {
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		rules, err := h.RuleList(family)
		if err != nil {
			return fmt.Errorf("list rules: %w", err)
		}
		for _, r := range rules {
			c.add("routing rule %d of family %d from %v to %v mark %#x table %d", r.Priority, family, r.Src, r.Dst, r.Mark, r.Table)
		}
	}
	return nil
}

// xfrm never hands a state to fmt as a whole: it would print keys.
func (c census) xfrm(h *netlink.Handle) error {
	states, err := h.XfrmStateList(netlink.FAMILY_ALL)
	if err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
		return fmt.Errorf("list XFRM states: %w", err)
	}
	for _, s := range states {
		c.add("XFRM state protocol %d SPI %#08x from %v to %v", int(s.Proto), uint32(s.Spi), s.Src, s.Dst)
	}
	policies, err := h.XfrmPolicyList(netlink.FAMILY_ALL)
	if err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
		return fmt.Errorf("list XFRM policies: %w", err)
	}
	for _, p := range policies {
		c.add("XFRM policy %v from %v to %v", p.Dir, p.Src, p.Dst)
	}
	return nil
}

func (c census) tables() error {
	conn, err := nftables.New()
	if err != nil {
		return fmt.Errorf("open nftables: %w", err)
	}
	list, err := conn.ListTables()
	if err != nil {
		return fmt.Errorf("list tables of nftables: %w", err)
	}
	for _, t := range list {
		c.add("nftables table %s of family %d", t.Name, t.Family)
	}
	return nil
}

// The files of /proc/thread-self/net that list sockets, with the columns of the local address and the inode. /proc/net would be that of the process, not of the thread.
var socketFiles = []struct {
	name         string
	local, inode int
}{
	{"udp", 1, 9}, {"udp6", 1, 9}, {"udplite", 1, 9}, {"udplite6", 1, 9}, {"tcp", 1, 9}, {"tcp6", 1, 9},
	{"raw", 1, 9}, {"raw6", 1, 9}, {"icmp", 1, 9}, {"icmp6", 1, 9}, {"packet", 3, 8},
}

const nobody = "0" // the inode of a connection that was closed: the kernel remembers it for a while

func (c census) sockets() error {
	for _, s := range socketFiles {
		f, err := os.Open("/proc/thread-self/net/" + s.name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			return fmt.Errorf("list sockets: %w", err)
		}
		lines := bufio.NewScanner(f)
		for lines.Scan(); lines.Scan(); { // the first line is a heading
			w := strings.Fields(lines.Text())
			if len(w) <= s.inode || w[s.inode] == nobody {
				continue
			}
			c.add("socket %s %s inode %s", s.name, socketName(s.name, w[s.local]), w[s.inode])
		}
		err = errors.Join(lines.Err(), f.Close())
		if err != nil {
			return fmt.Errorf("list sockets of %s: %w", s.name, err)
		}
	}
	return nil
}

// socketName makes "0100007F:01F4" readable where it is cheap to: the port or protocol number in decimal.
func socketName(kind, local string) string {
	_, port, ok := strings.Cut(local, ":")
	n, err := strconv.ParseUint(port, 16, 16)
	switch {
	case !ok || err != nil:
		return "protocol " + local
	case strings.HasPrefix(kind, "raw"):
		return fmt.Sprintf("protocol %d", n)
	}
	return fmt.Sprintf("port %d", n)
}

// programs lists the processes inside, this one excepted: its threads visit.
func (h *Host) programs() ([]string, error) {
	var own unix.Stat_t
	if err := unix.Fstat(int(h.ns), &own); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		var st unix.Stat_t
		// A process that ended meanwhile, or that we may not look at, is not one of ours.
		if unix.Stat(fmt.Sprintf("/proc/%d/ns/net", pid), &st) != nil || st.Ino != own.Ino || st.Dev != own.Dev {
			continue
		}
		if name, ending := program(pid); !ending {
			list = append(list, fmt.Sprintf("program %s, pid %d", name, pid))
		}
	}
	return list, nil
}

// program returns the name of a process and whether it is already on its way out.
func program(pid int) (name string, ending bool) {
	const exiting = 0x4                                      // PF_EXITING
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // pid (name) state ppid pgrp session tty tpgid flags ...
	open, end := strings.IndexByte(string(b), '('), strings.LastIndexByte(string(b), ')')
	if err != nil || open < 0 || end < open {
		return "", true
	}
	rest := strings.Fields(string(b[end+1:]))
	if len(rest) < 7 {
		return "", true
	}
	flags, err := strconv.ParseUint(rest[6], 10, 64)
	return string(b[open+1 : end]), err != nil || flags&exiting != 0
}

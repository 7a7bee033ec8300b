package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"ikewit/harness/report"
	"ikewit/impl/driver/xfrm"
	"ikewit/netns"
	"ikewit/netns/guest"
	"ikewit/netns/topo"
)

var doctorVerb = verb{
	name: "doctor", args: "", help: "what this machine has, and what to do about what it has not",
	details: "The status is 0 when wit run works here, and 5 when it does not; what is missing beyond that is named.",
	run:     program.doctor,
}

// A finding is one thing that was looked at.
type finding struct {
	What   string `json:"what"`
	State  string `json:"state"` // ok, missing
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`
	Needed bool   `json:"needed"` // without it wit run does not work
}

func ok(what, detail string) finding { return finding{What: what, State: "ok", Detail: detail} }

func missing(what, detail, remedy string) finding {
	return finding{What: what, State: "missing", Detail: detail, Remedy: remedy}
}

func (p program) doctor(s *settings) (int, error) {
	if len(s.args) > 0 {
		return report.ExitUsage, usagef("doctor takes no %q", s.args[0])
	}
	// Whoever is not root looks at what a user namespace gives, as wit run does.
	privileges := ok("namespaces", "as root")
	if err := netns.EnsurePrivileges(); err != nil {
		privileges = missing("namespaces", err.Error(), "run as root; wit run --fabric sim works without")
		privileges.Needed = true
	} else if os.Getenv("IKEWIT_USER_NAMESPACE") != "" {
		privileges.Detail = "in a user namespace"
	}
	list := []finding{privileges}
	if privileges.State == "ok" {
		list = append(list, inNamespace()...)
	}
	for _, t := range tools {
		list = append(list, t.look())
	}
	list = append(list, lookAtGuest())
	exit := report.ExitGood
	for _, f := range list {
		if f.Needed && f.State != "ok" {
			exit = report.ExitEnvironment
		}
	}
	if s.json {
		e := json.NewEncoder(p.out)
		e.SetIndent("", " ")
		return exit, e.Encode(list)
	}
	for _, f := range list {
		fmt.Fprintf(p.out, "%-8s %-18s %s\n", f.State, f.What, f.Detail)
		if f.Remedy != "" {
			fmt.Fprintf(p.out, "%27s -> %s\n", "", f.Remedy)
		}
	}
	return exit, nil
}

// inNamespace builds a topology and looks at what there is inside.
func inNamespace() []finding {
	top, err := topo.ByName("pair")
	if err != nil {
		return []finding{missing("topology", err.Error(), "")}
	}
	f, err := netns.Build(top, netns.Options{RunID: "doctor"})
	if err != nil {
		lacking := missing("topology", err.Error(), "wit run --fabric sim works without")
		lacking.Needed = true
		return []finding{lacking}
	}
	defer f.Close()
	list := []finding{ok("topology", "two hosts, a veth pair, addresses, routes"), lookAtNAT()}
	err = f.Host("alice").Do(func() error {
		list = append(list, lookAtTUN(), lookAtXFRM())
		return nil
	})
	if err != nil {
		list = append(list, missing("host", err.Error(), ""))
	}
	return list
}

// lookAtNAT builds a topology with a NAT, and lets the NAT forget.
func lookAtNAT() finding {
	const remedy = "modprobe nft_nat nft_masq nf_conntrack_netlink; the simulator has NATs of its own: wit run --fabric sim features/natt"
	top, err := topo.ByName("nat")
	if err != nil {
		return missing("NAT", err.Error(), "")
	}
	f, err := netns.Build(top, netns.Options{RunID: "doctor-nat"})
	if err != nil {
		return missing("NAT", err.Error(), remedy)
	}
	defer f.Close()
	if err := f.ForgetNAT("nat"); err != nil {
		return missing("NAT", err.Error(), remedy)
	}
	return ok("NAT", "nftables translates, and forgets when it is told")
}

// lookAtGuest says which kernel --kernel guest boots.
func lookAtGuest() finding {
	if err := guest.Missing(); err != nil {
		return missing("guest", err.Error(), "make test installs it")
	}
	if version := guest.Unpacked(); version != "" {
		return ok("guest", "kernel "+version+", for wit run --kernel guest and make kernel")
	}
	return missing("guest", "its kernel is not there yet", "nothing: the first wit run --kernel guest downloads Debian's package and unpacks it into the cache")
}

// lookAtTUN says which device the user-space IPsec stack gets.
func lookAtTUN() finding {
	f, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0)
	if err != nil {
		return missing("TUN", err.Error(), "nothing: the user-space IPsec stack takes a veth pair instead, more slowly; to have it: modprobe tun")
	}
	f.Close()
	return ok("TUN", "/dev/net/tun, for the user-space IPsec stack")
}

// A tool is a program that some tests need.
type tool struct {
	program, what, remedy string
	places                []string // beside PATH
}

var tools = []tool{
	{"tshark", "reads our captures again, with the tables of the bundle", "apt-get install tshark", nil},
	{"qemu-system-x86_64", "boots a kernel that has ESP", "apt-get install qemu-system-x86", nil},
	{"nft", "shows the translators of topologies with NAT", "apt-get install nftables", []string{"/usr/sbin"}},
	{"ip", "enters namespaces that --keep left: ip netns exec", "apt-get install iproute2", []string{"/usr/sbin", "/sbin"}},
}

func (t tool) look() finding {
	path, err := exec.LookPath(t.program)
	for _, dir := range t.places {
		if err != nil {
			path, err = exec.LookPath(dir + "/" + t.program)
		}
	}
	if err != nil {
		return missing(t.program, "not found: "+t.what, t.remedy)
	}
	return ok(t.program, strings.Join([]string{path, t.what}, ": "))
}

// lookAtXFRM adds SAs and takes them out again: that the socket opens says nothing, since a kernel may have XFRM and
// no ESP.
func lookAtXFRM() finding {
	const remedy = "nothing: SAs go to the user-space IPsec stack; wit run --kernel guest boots a kernel that has ESP"
	d, err := xfrm.New()
	if err != nil {
		return missing("XFRM", fmt.Sprintf("kernel %s: %v", kernelName(), err), remedy)
	}
	defer d.Close()
	a, err := d.Probe()
	switch {
	case err != nil:
		return missing("XFRM", fmt.Sprintf("kernel %s: %v", kernelName(), err), remedy)
	case !a.Usable():
		return missing("XFRM", fmt.Sprintf("kernel %s: %s", kernelName(), a), remedy)
	}
	return ok("XFRM", fmt.Sprintf("kernel %s: %s", kernelName(), a))
}

// kernelName is the kernel's version, for what is missing in it.
func kernelName() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS
	}
	return strings.TrimSpace(string(b))
}

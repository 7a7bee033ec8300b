package ipseckey

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/wire/pfkey"
)

// A printer writes messages as reports show them: the header, a block for each extension in the order of the message, the
// lifetimes last.
type printer struct {
	w       io.Writer
	options Options
	names   func(netip.Addr) string
	now     time.Time
}

// show prints a message.
func (p *Program) show(m *pfkey.Message) {
	x := printer{w: p.out, options: p.Options, names: p.Names.Name, now: p.Now()}
	p.scratch = m.Append(p.scratch[:0])
	x.message(m, len(p.scratch))
	clear(p.scratch)
}

// showVerbose prints a message that is about to be sent.
func (p *Program) showVerbose(m *pfkey.Message) {
	line := strings.Repeat("=", 42)
	fmt.Fprintf(p.out, "VERBOSE ON:  Message to kernel looks like:\n%s\n", line)
	p.show(m)
	fmt.Fprintln(p.out, line)
	p.out.Flush()
}

func (x *printer) line(format string, args ...any) {
	fmt.Fprintf(x.w, format, args...)
	io.WriteString(x.w, "\n")
}

// message prints a message of so many octets.
func (x *printer) message(m *pfkey.Message, octets int) {
	x.line("Base message (version %d) type %s, SA type %s.", m.Version, typeText(m.Type), saTypeText(m.SAType))
	if m.Errno != 0 {
		x.line("Error %s from PF_KEY.", systemText(unix.Errno(m.Errno)))
		x.line("  Diagnostic code %d:  %s.", m.Diagnostic, pfkey.Diagnostic(m.Diagnostic))
	}
	x.line("Message length %d bytes, seq=%d, pid=%d.", octets, m.Seq, m.PID)
	var life lifetimes
	for _, e := range m.Extensions {
		x.extension(e, &life)
	}
	x.lifetimes(&life)
}

func (x *printer) extension(e pfkey.Extension, life *lifetimes) {
	switch e := e.(type) {
	case *pfkey.SA:
		x.association(e)
	case *pfkey.Lifetime:
		life.put(e)
	case *pfkey.Address:
		x.address(e)
	case *pfkey.Key:
		x.key(e)
	case *pfkey.Identity:
		x.identity(e)
	case *pfkey.Sensitivity:
		x.line("SNS: Sensitivity DPD %d, sens level=%d, integ level=%d", e.DPD, e.SensLevel, e.IntegLevel)
	case *pfkey.Proposal:
		x.proposal(e)
	case *pfkey.Supported:
		x.supported(e)
	case *pfkey.SPIRange:
		x.line("SPR: SPI Range, min=0x%x, max=0x%x", e.Min, e.Max)
	case *pfkey.SA2:
		x.line("SA2: Mode %s, request id=%d.", modeText(e.Mode), e.ReqID)
	case *pfkey.NATTType:
		x.line("NAT: UDP encapsulation, type %d.", e.Type)
	case *pfkey.NATTPort:
		x.line("NAT: %s port %d.", map[bool]string{true: "Source", false: "Destination"}[e.Which == pfkey.ExtNATTSport], e.Port)
	default:
		x.unknown(e)
	}
}

// typeNames are the message types that reports know.
var typeNames = [...]string{"RESERVED (warning: set to 0)", "GETSPI", "UPDATE", "ADD", "DELETE", "GET", "ACQUIRE", "REGISTER", "EXPIRE", "FLUSH",
	"DUMP", "X_PROMISC"}

func typeText(t pfkey.Type) string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Unknown (%d)", t)
}

func saTypeText(t pfkey.SAType) string {
	switch t {
	case pfkey.SATypeUnspec:
		return "<unspecified/all>"
	case pfkey.SATypeAH:
		return "AH"
	case pfkey.SATypeESP:
		return "ESP"
	}
	return unknownText(uint8(t))
}

func unknownText(n uint8) string { return fmt.Sprintf("<unknown %d>", n) }

func modeText(mode uint8) string {
	switch mode {
	case modeTransport:
		return "transport"
	case modeTunnel:
		return "tunnel"
	}
	return unknownText(mode)
}

// flagNames are flags of an SA, as Solaris has them.
var flagNames = []struct {
	bit  uint32
	name string
}{{pfkey.FlagPFS, "PFS"}, {pfkey.FlagNoReplay, "NOREPLAY"}, {0x80000000, "X_USED"}, {0x40000000, "X_UNIQUE"}}

func (x *printer) association(e *pfkey.SA) {
	state := unknownText(uint8(e.State))
	if e.State <= pfkey.Dead {
		state = e.State.String()
	}
	x.line("SA: SADB_ASSOC spi=0x%x, replay=%d, state=%s", e.SPI, e.Replay, state)
	if e.Auth != 0 {
		x.line("SA: Authentication algorithm = %s", algorithmText(authNames, e.Auth))
	}
	if e.Encrypt != 0 {
		x.line("SA: Encryption algorithm = %s", algorithmText(encryptNames, e.Encrypt))
	}
	flags := ""
	for _, f := range flagNames {
		if e.Flags&f.bit != 0 {
			flags += f.name + " "
		}
	}
	x.line("SA: flags=0x%x < %s>", e.Flags, flags)
}

func algorithmText(names map[uint8]string, n uint8) string {
	if text, ok := names[n]; ok {
		return text
	}
	return unknownText(n)
}

func (x *printer) address(e *pfkey.Address) {
	prefix, what := "???", "Other"
	switch e.Which {
	case pfkey.ExtAddressSrc:
		prefix, what = "SRC", "Source"
	case pfkey.ExtAddressDst:
		prefix, what = "DST", "Destination"
	case pfkey.ExtAddressProxy:
		prefix, what = "PXY", "Proxy"
	}
	proto := ""
	if !x.options.Numeric {
		proto = "/" + protocolName(e.Proto)
	}
	x.line("%s: %s address (proto=%d%s)", prefix, what, e.Proto, proto)
	value := e.Value()
	a := value.Addr()
	if !a.IsValid() {
		x.line("%s: address of an unknown family.", prefix)
		return
	}
	family := "AF_INET"
	if a.Is6() {
		family = "AF_INET6"
	}
	length := ""
	if e.PrefixLen != 0 {
		length = fmt.Sprintf("/%d", e.PrefixLen)
	}
	x.line("%s: %s: port %d, %v%s%s.", prefix, family, value.Port(), a, length, x.nameOf(a))
}

// nameOf is what follows an address.
func (x *printer) nameOf(a netip.Addr) string {
	switch {
	case x.options.Numeric:
		return ""
	case a.IsUnspecified():
		return " <unspecified>"
	}
	if name := x.names(a); name != "" {
		return " (" + name + ")"
	}
	return " <unknown>"
}

// protocolNames are the protocols that an address extension is likely to say.
var protocolNames = map[uint8]string{0: "<unspecified>", 1: "icmp", 2: "igmp", 4: "ipencap", 6: "tcp", 17: "udp", 41: "ipv6", 47: "gre", 50: "esp",
	51: "ah", 58: "ipv6-icmp", 89: "ospf", 108: "ipcomp", 132: "sctp", 255: "<any>"}

func protocolName(n uint8) string {
	if name, ok := protocolNames[n]; ok {
		return name
	}
	return "<unknown>"
}

func (x *printer) key(e *pfkey.Key) {
	prefix, what := "AKY", "Authentication"
	if e.Which == pfkey.ExtKeyEncrypt {
		prefix, what = "EKY", "Encryption"
	}
	x.line("%s: %s key.", prefix, what)
	x.line("%s: %s", prefix, keyText(e, x.options.Paranoid))
}

// keyText writes a key as the language reads it, or XX for each octet.
func keyText(e *pfkey.Key, paranoid bool) string {
	if paranoid {
		return fmt.Sprintf("%s/%d", strings.Repeat("XX", len(e.Octets)), e.Bits)
	}
	return fmt.Sprintf("%x/%d", e.Octets, e.Bits)
}

func (x *printer) identity(e *pfkey.Identity) {
	prefix, what := "SID", "Source"
	if e.Which == pfkey.ExtIdentityDst {
		prefix, what = "DID", "Destination"
	}
	kind := map[pfkey.IdentityType]string{pfkey.IdentityPrefix: "prefix", pfkey.IdentityFQDN: "FQDN", pfkey.IdentityUserFQDN: "user-FQDN (mbox)"}[e.Type]
	if kind == "" {
		kind = fmt.Sprintf("<unknown %d>", uint16(e.Type))
	}
	x.line("%s: %s identity, uid=%d, type %s", prefix, what, e.ID, kind)
	x.line("%s: %s", prefix, printable(e.Name))
}

// printable keeps a text of a peer from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}

// unknown prints an extension as 64-bit words.
func (x *printer) unknown(e pfkey.Extension) {
	octets := (&pfkey.Message{Extensions: []pfkey.Extension{e}}).Append(nil)[pfkey.HeaderSize:]
	x.line("UNK: Unknown ext. %d, len %d.", e.Kind(), len(octets)/8)
	for ; len(octets) >= 8; octets = octets[8:] {
		x.line("UNK: 0x%016x", binary.NativeEndian.Uint64(octets))
	}
}

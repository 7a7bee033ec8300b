package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"ikewit/impl/sadb"
)

// options are the command line.
type options struct {
	socket   string
	noTUN    bool
	veth     bool
	device   string
	policies []sadb.Policy
}

// defaultSocket is where clients look if nobody says otherwise.
const defaultSocket = "/var/run/ipsecd.sock"

func parse(args []string, usage io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("ipsecd", flag.ContinueOnError)
	f.SetOutput(usage)
	f.Usage = func() {
		io.WriteString(usage, "Usage: ipsecd [--socket PATH] [--no-tun | --veth] [--device NAME] [--policy POLICY]...\n")
		f.PrintDefaults()
	}
	f.StringVar(&o.socket, "socket", defaultSocket, "`PATH` of the PF_KEYv2 socket")
	f.BoolVar(&o.noTUN, "no-tun", false, "keep SAs and policies, carry no packets (needs no privilege)")
	f.BoolVar(&o.veth, "veth", false, "make a veth pair and not a TUN device")
	f.StringVar(&o.device, "device", "ipsec0", "`NAME` of the tunnel device")
	f.Func("policy", "a `POLICY`: \"out SRC DST esp/transport\", see ipsecd(8)", func(text string) error {
		p, err := parsePolicy(text)
		o.policies = append(o.policies, p)
		return err
	})
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		f.Usage()
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return o, nil
}

// parsePolicy reads "DIRECTION SRC DST [PROTO[:SPORT:DPORT]] ACTION...". The later a policy stands on the command
// line, the later it is looked at.
//
//	out 10.0.1.0/24 10.0.2.0/24 esp/tunnel/192.0.2.1-192.0.2.2
//	out any any 6:0:22 bypass
func parsePolicy(text string) (sadb.Policy, error) {
	var p sadb.Policy
	words := strings.Fields(text)
	if len(words) < 4 {
		return p, errors.New("a policy has DIRECTION SRC DST [PROTO[:SPORT:DPORT]] and one ACTION or more")
	}
	switch words[0] {
	case "in":
		p.Direction = sadb.In
	case "out":
		p.Direction = sadb.Out
	case "fwd":
		p.Direction = sadb.Forward
	default:
		return p, fmt.Errorf("direction %q: must be in, out or fwd", words[0])
	}
	var err error
	if p.Selector.Src, err = parseRange(words[1]); err != nil {
		return p, err
	}
	if p.Selector.Dst, err = parseRange(words[2]); err != nil {
		return p, err
	}
	words = words[3:]
	if words[0][0] >= '0' && words[0][0] <= '9' {
		if err := parseUpper(words[0], &p.Selector); err != nil {
			return p, err
		}
		words = words[1:]
	}
	if err := parseActions(words, &p); err != nil {
		return p, err
	}
	return p, p.Check()
}

func parseRange(word string) (sadb.Range, error) {
	if word == "any" {
		return sadb.Range{}, nil
	}
	if prefix, err := netip.ParsePrefix(word); err == nil {
		return sadb.RangeOfPrefix(prefix), nil
	}
	a, err := netip.ParseAddr(word)
	if err != nil {
		return sadb.Range{}, fmt.Errorf("%q is no address, no prefix and not any", word)
	}
	return sadb.RangeOf(a), nil
}

func parseUpper(word string, s *sadb.Selector) error {
	parts := strings.Split(word, ":")
	if len(parts) != 1 && len(parts) != 3 {
		return fmt.Errorf("%q: want PROTO or PROTO:SPORT:DPORT", word)
	}
	var numbers [3]uint64
	for i, part := range parts {
		bits := 16
		if i == 0 {
			bits = 8
		}
		n, err := strconv.ParseUint(part, 10, bits)
		if err != nil {
			return fmt.Errorf("%q: %q is no number of %d bits", word, part, bits)
		}
		numbers[i] = n
	}
	s.Proto, s.SrcPort, s.DstPort = uint8(numbers[0]), uint16(numbers[1]), uint16(numbers[2])
	return nil
}

func parseActions(words []string, p *sadb.Policy) error {
	p.Do = sadb.Protect
	for _, word := range words {
		switch word {
		case "bypass":
			p.Do = sadb.Bypass
		case "discard":
			p.Do = sadb.Discard
		default:
			t, err := parseTemplate(word)
			if err != nil {
				return err
			}
			p.Templates = append(p.Templates, t)
		}
	}
	return nil
}

// parseTemplate reads "esp/transport" or "esp/tunnel/SRC-DST".
func parseTemplate(word string) (sadb.Template, error) {
	var t sadb.Template
	parts := strings.SplitN(word, "/", 3)
	switch parts[0] {
	case "esp":
		t.Proto = sadb.ESP
	case "ah":
		t.Proto = sadb.AH
	default:
		return t, fmt.Errorf("%q: want esp/transport, ah/transport, esp/tunnel/SRC-DST, ah/tunnel/SRC-DST, bypass or discard", word)
	}
	switch {
	case len(parts) == 2 && parts[1] == "transport":
		t.Mode = sadb.Transport
		return t, nil
	case len(parts) == 3 && parts[1] == "tunnel":
		t.Mode = sadb.Tunnel
	default:
		return t, fmt.Errorf("%q: want %s/transport or %s/tunnel/SRC-DST", word, parts[0], parts[0])
	}
	src, dst, ok := strings.Cut(parts[2], "-")
	from, err := netip.ParseAddr(src)
	to, err2 := netip.ParseAddr(dst)
	if !ok || err != nil || err2 != nil {
		return t, fmt.Errorf("%q: %q is no SRC-DST", word, parts[2])
	}
	t.Src, t.Dst = from, to
	return t, nil
}

package plutoplus

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ikewit/impl/conn"
)

// A rule judges part of a command line and fills in what it means. Rules are asked in order, and the
// first that fails ends it. The numbers are those of docs/plutoplus.8; 0 is a rule of our own options.
type rule struct {
	number int
	check  func(g given, o *Options) error
}

var rules = []rule{
	{16, mode},
	{1, authentication},
	{2, encryption},
	{3, outputLevel},
	{4, keyLength}, // 5 and 6 too
	{7, ivLength},  // 8 too
	{9, gateway},   // 10 too
	{11, destination},
	{13, ports},
	{14, lifetimes},
	{15, nullNeedsAuthentication},
	{19, addressFamilies},
	{0, ownOptions},
	{0, files},
}

// A warningRule says what is odd on a command line that is otherwise good.
type warningRule struct {
	number int
	text   string
	when   func(g given, o *Options) bool
}

var warningRules = []warningRule{
	{17, "-b: ignored outside DEBUG mode", func(g given, o *Options) bool { return g.has("-b") && o.Mode == Daemon }},
	{18, "-d: ignored without -i", func(g given, o *Options) bool { return g.has("-d") && !o.Initiate && o.Mode != WIT }},
	{0, "--hold: ignored outside WIT mode", func(g given, o *Options) bool { return g.has("--hold") && o.Mode != WIT }},
}

func mode(g given, o *Options) error {
	switch {
	case g.has("--wit"):
		o.Mode = WIT
	case g.has("--debug"):
		o.Mode = Debug
	}
	o.Foreground = g.has("--foreground") || o.Mode != Daemon
	o.Initiate, o.Tunnel, o.NoReplay = g.has("-i"), g.has("-t"), g.has("-r")
	o.PFS, o.SHA, o.TripleDES = g.has("-f"), g.has("-s"), g.has("-3")
	return nil
}

func authentication(g given, o *Options) error {
	text, ok := g.last("-a")
	if !ok {
		if !g.has("-e") {
			o.Auth = 2
		}
		return nil
	}
	n, ok := number(text, 2, 3)
	if !ok {
		return usagef("-a: invalid authentication algorithm %q", text)
	}
	o.Auth = int(n)
	return nil
}

func encryption(g given, o *Options) error {
	text, ok := g.last("-e")
	if !ok {
		if !g.has("-a") {
			o.Encr = espDES
		}
		return nil
	}
	n, ok := number(text, 1, 11)
	if !ok || espName(int(n)) == "" {
		return usagef("-e: invalid encryption algorithm %q", text)
	}
	o.Encr = int(n)
	return nil
}

func outputLevel(g given, o *Options) error {
	for _, text := range g["-b"] {
		n, ok := number(text, 1, 7)
		if !ok {
			return usagef("-b: invalid output level %q", text)
		}
		o.Show |= Show(n)
	}
	if o.Mode == Daemon {
		o.Show = 0
	}
	return nil
}

func keyLength(g given, o *Options) error {
	text, ok := g.last("-k")
	switch {
	case ok && o.Encr != espRC5 && o.Encr != espBlowfish:
		return usagef("-k: key length applies to RC5 and BLOWFISH only")
	case !ok && o.Encr == espRC5:
		o.KeyOctets = 16
	case !ok && o.Encr == espBlowfish:
		o.KeyOctets = 8
	case o.Encr == espRC5:
		n, ok := number(text, 5, 20)
		if !ok || n != 5 && n != 16 && n != 20 {
			return usagef("-k: invalid RC5 key length %q", text)
		}
		o.KeyOctets = int(n)
	case o.Encr == espBlowfish:
		n, ok := number(text, 5, 56)
		if !ok {
			return usagef("-k: invalid BLOWFISH key length %q", text)
		}
		o.KeyOctets = int(n)
	}
	return nil
}

func ivLength(g given, o *Options) error {
	text, ok := g.last("-v")
	if !ok {
		if o.Encr != espNull && o.Encr != 0 {
			o.IVOctets = 8
		}
		return nil
	}
	n, ok := number(text, 0, 8)
	if !ok || n != 0 && n != 8 {
		return usagef("-v: invalid IV length %q", text)
	}
	if o.Encr == 0 {
		return usagef("-v: IV length applies to ESP only")
	}
	o.IVOctets = int(n)
	return nil
}

func gateway(g given, o *Options) error {
	text, ok := g.last("-g")
	switch {
	case ok && o.Mode != WIT:
		return usagef("-g: gateway address is for WIT mode only")
	case ok && !o.Tunnel:
		return usagef("-g: gateway address needs tunnel mode (-t)")
	case ok && text == "":
		return usagef("-g: invalid address %q", text)
	}
	o.Gateway = text
	return nil
}

func destination(g given, o *Options) error {
	text, ok := g.last("-d")
	switch {
	case !ok && o.Mode == WIT:
		return usagef("-d: destination address must be specified in WIT mode")
	case !ok && o.Initiate:
		return usagef("-d: destination address must be specified with -i")
	case ok && (text == "" || text[0] == '.' || strings.ContainsAny(text, "/\x00")):
		return usagef("-d: invalid address %q", text) // it is part of a file's name
	}
	o.Dest = text
	return nil
}

func ports(g given, o *Options) error {
	o.Port = 500
	for _, p := range []struct {
		name string
		to   *uint16
	}{{"-p", &o.Port}, {"--peerport", &o.PeerPort}} {
		if text, ok := g.last(p.name); ok {
			n, ok := number(text, 1, 65535)
			if !ok {
				return usagef("%s: invalid port number %q", p.name, text)
			}
			*p.to = uint16(n)
		}
	}
	if o.PeerPort == 0 {
		o.PeerPort = o.Port
	}
	return nil
}

func lifetimes(g given, o *Options) error {
	o.Life, o.LifeKB, o.ISAKMPLife = 28800*time.Second, 0x7fff, 86400*time.Second
	for _, l := range []struct {
		name string
		set  func(n uint64)
	}{
		{"-l", func(n uint64) { o.Life = time.Duration(n) * time.Second }},
		{"-m", func(n uint64) { o.LifeKB = n }},
		{"-o", func(n uint64) { o.ISAKMPLife = time.Duration(n) * time.Second }},
	} {
		if text, ok := g.last(l.name); ok {
			n, ok := number(text, 1, 1<<32-1)
			if !ok {
				return usagef("%s: invalid lifetime %q", l.name, text)
			}
			l.set(n)
		}
	}
	return nil
}

func nullNeedsAuthentication(_ given, o *Options) error {
	if o.Encr == espNull && o.Auth == 0 {
		return usagef("-e: ESP_NULL needs an authentication algorithm (-a)")
	}
	return nil
}

// addressFamilies looks at addresses only; Resolve looks again when names have addresses.
func addressFamilies(_ given, o *Options) error {
	d, err := netip.ParseAddr(o.Dest)
	if err != nil {
		return nil
	}
	g, err := netip.ParseAddr(o.Gateway)
	if err != nil {
		return nil
	}
	return sameFamily(d, g)
}

func sameFamily(d, g netip.Addr) error {
	if d.Unmap().Is4() != g.Unmap().Is4() {
		return usagef("-g: address family differs from -d")
	}
	return nil
}

func ownOptions(g given, o *Options) error {
	o.Timeout, o.Group, o.Kernel = 60*time.Second, 2, "auto"
	if text, ok := g.last("--timeout"); ok {
		n, ok := number(text, 1, 1<<32-1)
		if !ok {
			return usagef("--timeout: invalid number of seconds %q", text)
		}
		o.Timeout = time.Duration(n) * time.Second
	}
	if text, ok := g.last("--hold"); ok {
		n, ok := number(text, 1, 1<<32-1)
		if !ok && text != "" {
			return usagef("--hold: invalid number of seconds %q", text)
		}
		o.Hold, o.HoldFor = o.Mode == WIT, time.Duration(n)*time.Second
	}
	if text, ok := g.last("--group"); ok {
		n, ok := number(text, 1, 5)
		if !ok || groupName(int(n)) == "" {
			return usagef("--group: invalid group %q", text)
		}
		o.Group = int(n)
	}
	if text, ok := g.last("--kernel"); ok {
		path, engine := strings.CutPrefix(text, unixPrefix)
		if !slices.Contains([]string{"auto", "xfrm", "user", "none", "pfkey"}, text) && (!engine || !isPath(path)) {
			return usagef("--kernel: invalid stack %q", text)
		}
		o.Kernel = text
	}
	if text, ok := g.last("--natt"); ok {
		if o.NATT, ok = conn.NATTByName(text); !ok {
			return usagef("--natt: invalid policy %q", text)
		}
	}
	text, ok := g.last("--listen")
	if ok && text == "" {
		return usagef("--listen: invalid address %q", text)
	}
	o.Listen = text
	return nil
}

func files(g given, o *Options) error {
	o.WITDir = "/tmp/wit"
	for _, name := range []string{"--witdir", "--secretsfile", "--pfkey"} {
		if text, ok := g.last(name); ok && !isPath(text) {
			return usagef("%s: invalid path %q", name, text)
		}
	}
	o.PFKey, _ = g.last("--pfkey")
	if text, ok := g.last("--witdir"); ok {
		o.WITDir = text
	}
	text, ok := g.last("--secretsfile")
	switch {
	case ok:
		o.SecretsFile = text
	case o.Mode == WIT:
		o.SecretsFile = filepath.Join(o.WITDir, "isakmp-secrets."+o.Dest)
	case o.Mode == Debug:
		o.SecretsFile = "./isakmp-secrets"
	default:
		o.SecretsFile = "/etc/isakmp-secrets"
	}
	return nil
}

// number reads decimal digits and nothing else.
func number(text string, least, most uint64) (uint64, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, false
	}
	return n, true
}

// unixPrefix stands before the path of a key engine's socket, in --kernel.
const unixPrefix = "unix:"

func isPath(text string) bool { return text != "" && !strings.Contains(text, "\x00") }

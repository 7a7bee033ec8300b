package plutoplus

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ikewit/impl/conn"
)

// Every rule that ends the program, with the exact text.
var refused = []struct {
	rule int
	args string
	want string
}{
	{1, "-a 4", `-a: invalid authentication algorithm "4"`},
	{1, "-a 1", `-a: invalid authentication algorithm "1"`},
	{1, "-a2x", `-a: invalid authentication algorithm "2x"`},
	{1, "-a +2", `-a: invalid authentication algorithm "+2"`},
	{1, "-a _", `-a: invalid authentication algorithm ""`},
	{1, "--auth=x", `-a: invalid authentication algorithm "x"`},
	{2, "-e 6", `-e: invalid encryption algorithm "6"`},
	{2, "-e 0", `-e: invalid encryption algorithm "0"`},
	{2, "-e 12", `-e: invalid encryption algorithm "12"`},
	{2, "-e 99999999999999999999", `-e: invalid encryption algorithm "99999999999999999999"`},
	{3, "--debug -b 0", `-b: invalid output level "0"`},
	{3, "--debug -b 8", `-b: invalid output level "8"`},
	{3, "--debug -b x -b 1", `-b: invalid output level "x"`},
	{3, "-b 9", `-b: invalid output level "9"`},
	{4, "-k 8", `-k: key length applies to RC5 and BLOWFISH only`},
	{4, "-e 3 -k 24", `-k: key length applies to RC5 and BLOWFISH only`},
	{4, "-a 2 -k 8", `-k: key length applies to RC5 and BLOWFISH only`},
	{5, "-e 4 -k 8", `-k: invalid RC5 key length "8"`},
	{5, "-e 4 -k 5x", `-k: invalid RC5 key length "5x"`},
	{6, "-e 7 -k 57", `-k: invalid BLOWFISH key length "57"`},
	{6, "-e 7 -k 4", `-k: invalid BLOWFISH key length "4"`},
	{7, "-v 4", `-v: invalid IV length "4"`},
	{7, "-v -8", `-v: invalid IV length "-8"`},
	{8, "-a 2 -v 8", `-v: IV length applies to ESP only`},
	{9, "-g 10.0.0.1", `-g: gateway address is for WIT mode only`},
	{9, "--debug -t -g 10.0.0.1", `-g: gateway address is for WIT mode only`},
	{10, "--wit -d 10.0.0.1 -g 10.0.0.2", `-g: gateway address needs tunnel mode (-t)`},
	{11, "--wit", `-d: destination address must be specified in WIT mode`},
	{11, "--wit -i", `-d: destination address must be specified in WIT mode`},
	{12, "-i", `-d: destination address must be specified with -i`},
	{12, "--debug -i", `-d: destination address must be specified with -i`},
	{13, "-p 0", `-p: invalid port number "0"`},
	{13, "-p 65536", `-p: invalid port number "65536"`},
	{13, "--peerport x", `--peerport: invalid port number "x"`},
	{0, "--natt maybe", `--natt: invalid policy "maybe"`},
	{14, "-l 0", `-l: invalid lifetime "0"`},
	{14, "-m 4294967296", `-m: invalid lifetime "4294967296"`},
	{14, "-o 1.5", `-o: invalid lifetime "1.5"`},
	{15, "-e 11", `-e: ESP_NULL needs an authentication algorithm (-a)`},
	{19, "--wit -t -d 10.0.0.1 -g fd00::1", `-g: address family differs from -d`},
	{19, "--wit -t -d fd00::1 -g 10.0.0.1", `-g: address family differs from -d`},
	{20, "-z", `unknown option "z"`},
	{20, "-fz", `unknown option "z"`},
	{20, "-é", `unknown option "é"`},
	{20, "--bogus", `unknown option "--bogus"`},
	{21, "-a", `option -a requires an argument`},
	{21, "-fia", `option -a requires an argument`},
	{21, "--timeout", `option --timeout requires an argument`},

	{0, "x", `unexpected argument "x"`},
	{0, "-", `unexpected argument "-"`},
	{0, "-f -- -i", `unexpected argument "-i"`},
	{0, "--wit=1", `option --wit takes no argument`},
	{0, "--timeout 0", `--timeout: invalid number of seconds "0"`},
	{0, "--hold=x", `--hold: invalid number of seconds "x"`},
	{0, "--hold=", `option --hold= requires an argument`},
	{0, "--group 14", `--group: invalid group "14"`},
	{0, "--group 3", `--group: invalid group "3"`},
	{0, "--kernel klips", `--kernel: invalid stack "klips"`},
	{0, "--kernel unix:", `--kernel: invalid stack "unix:"`},
	{0, "--pfkey=", `--pfkey: invalid path ""`},
	{0, "--listen=", `--listen: invalid address ""`},
	{0, "--witdir=", `--witdir: invalid path ""`},
	{0, "--secretsfile=", `--secretsfile: invalid path ""`},
	{0, "--wit -d a/b", `-d: invalid address "a/b"`},
	{0, "--wit -d ../x", `-d: invalid address "../x"`},
	{0, "--wit -d .x", `-d: invalid address ".x"`},
	{0, "--wit -d _", `-d: invalid address ""`},
}

// words cuts a line into arguments; _ stands for an empty one.
func words(line string) []string {
	list := strings.Fields(line)
	for i := range list {
		if list[i] == "_" {
			list[i] = ""
		}
	}
	return list
}

func TestRulesRefuseWithTheirText(t *testing.T) {
	seen := map[int]bool{16: true, 17: true, 18: true} // these refuse nothing
	for _, row := range refused {
		_, _, err := Parse(words(row.args))
		var usage *UsageError
		if !errors.As(err, &usage) || usage.Text != row.want {
			t.Errorf("rule %d: %q gives %v, want %s", row.rule, row.args, err, row.want)
		}
		seen[row.rule] = true
	}
	for n := 1; n <= 21; n++ {
		if !seen[n] {
			t.Errorf("rule %d has no row", n)
		}
	}
}

func TestWarnings(t *testing.T) {
	for _, row := range []struct {
		rule int
		args string
		want []string
	}{
		{16, "--wit -d 10.0.0.1 --foreground", nil},
		{16, "--debug --foreground", nil},
		{17, "-b 1", []string{"-b: ignored outside DEBUG mode"}},
		{17, "--debug -b 1", nil},
		{17, "--wit -d 10.0.0.1 -b 1", nil},
		{18, "-d 10.0.0.1", []string{"-d: ignored without -i"}},
		{18, "--debug -d 10.0.0.1", []string{"-d: ignored without -i"}},
		{18, "-i -d 10.0.0.1", nil},
		{18, "--wit -d 10.0.0.1", nil},
		{0, "--hold", []string{"--hold: ignored outside WIT mode"}},
	} {
		_, got, err := Parse(words(row.args))
		if err != nil || fmt.Sprint(got) != fmt.Sprint(row.want) {
			t.Errorf("rule %d: %q warns %q (error %v), want %q", row.rule, row.args, got, err, row.want)
		}
	}
}

func defaults() Options {
	return Options{
		Timeout: 60 * time.Second, Port: 500, PeerPort: 500, Auth: 2, Encr: 2, IVOctets: 8,
		Life: 8 * time.Hour, LifeKB: 32767, Group: 2, ISAKMPLife: 24 * time.Hour,
		Kernel: "auto", SecretsFile: "/etc/isakmp-secrets", WITDir: "/tmp/wit",
	}
}

func TestOptionsAndTheirDefaults(t *testing.T) {
	for _, row := range []struct {
		args   string
		change func(o *Options)
	}{
		{"", func(o *Options) {}},
		{"-a 2", func(o *Options) { o.Encr, o.IVOctets = 0, 0 }},
		{"-a3", func(o *Options) { o.Auth, o.Encr, o.IVOctets = 3, 0, 0 }},
		{"-a 9 -a 3", func(o *Options) { o.Auth, o.Encr, o.IVOctets = 3, 0, 0 }},
		{"-e 3", func(o *Options) { o.Auth, o.Encr = 0, 3 }},
		{"-a 2 -e 03", func(o *Options) { o.Encr = 3 }},
		{"-e 4", func(o *Options) { o.Auth, o.Encr, o.KeyOctets = 0, 4, 16 }},
		{"-e 4 -k 5", func(o *Options) { o.Auth, o.Encr, o.KeyOctets = 0, 4, 5 }},
		{"-e 7", func(o *Options) { o.Auth, o.Encr, o.KeyOctets = 0, 7, 8 }},
		{"-k 56 -e7", func(o *Options) { o.Auth, o.Encr, o.KeyOctets = 0, 7, 56 }},
		{"-a 2 -e 11", func(o *Options) { o.Encr, o.IVOctets = 11, 0 }},
		{"-a 2 -e 11 -v 8", func(o *Options) { o.Encr = 11 }},
		{"-v 0", func(o *Options) { o.IVOctets = 0 }},
		{"-f", func(o *Options) { o.PFS = true }},
		{"-r", func(o *Options) { o.NoReplay = true }},
		{"-s", func(o *Options) { o.SHA = true }},
		{"-t", func(o *Options) { o.Tunnel = true }},
		{"-3", func(o *Options) { o.TripleDES = true }},
		{"-frst3", func(o *Options) { o.PFS, o.NoReplay, o.SHA, o.Tunnel, o.TripleDES = true, true, true, true, true }},
		{"-fid 10.0.0.1", func(o *Options) { o.PFS, o.Initiate, o.Dest = true, true, "10.0.0.1" }},
		{"-fid10.0.0.1", func(o *Options) { o.PFS, o.Initiate, o.Dest = true, true, "10.0.0.1" }},
		{"-f3e7", func(o *Options) { o.PFS, o.TripleDES, o.Auth, o.Encr, o.KeyOctets = true, true, 0, 7, 8 }},
		{"-l 600 -m 100 -o 900", func(o *Options) {
			o.Life, o.LifeKB, o.ISAKMPLife = 600*time.Second, 100, 900*time.Second
		}},
		{"-l 4294967295", func(o *Options) { o.Life = 4294967295 * time.Second }},
		{"-p 4500", func(o *Options) { o.Port, o.PeerPort = 4500, 4500 }},
		{"-p 4500 --peerport 500", func(o *Options) { o.Port = 4500 }},
		{"--natt on", func(o *Options) { o.NATT = conn.NATTOn }},
		{"--natt on --natt force", func(o *Options) { o.NATT = conn.NATTForce }},
		{"--natt force --natt off", func(o *Options) {}},
		{"--group 5", func(o *Options) { o.Group = 5 }},
		{"--kernel none", func(o *Options) { o.Kernel = "none" }},
		{"--kernel pfkey", func(o *Options) { o.Kernel = "pfkey" }},
		{"--kernel unix:/tmp/s --pfkey t", func(o *Options) { o.Kernel, o.PFKey = "unix:/tmp/s", "t" }},
		{"--listen 127.0.0.2", func(o *Options) { o.Listen = "127.0.0.2" }},
		{"--secretsfile=s", func(o *Options) { o.SecretsFile = "s" }},
		{"--foreground", func(o *Options) { o.Foreground = true }},
		{"--debug", func(o *Options) { o.Mode, o.Foreground, o.SecretsFile = Debug, true, "./isakmp-secrets" }},
		{"--debug -b 1 -b 2", func(o *Options) {
			o.Mode, o.Foreground, o.SecretsFile, o.Show = Debug, true, "./isakmp-secrets", ShowTrace|ShowPackets
		}},
		{"--debug -b 3", func(o *Options) {
			o.Mode, o.Foreground, o.SecretsFile, o.Show = Debug, true, "./isakmp-secrets", ShowTrace|ShowPackets
		}},
		{"-b 7", func(o *Options) {}},
		{"--wit -d bob", func(o *Options) {
			o.Mode, o.Foreground, o.Dest, o.SecretsFile = WIT, true, "bob", "/tmp/wit/isakmp-secrets.bob"
		}},
		{"--wit --debug -d fd00::1 --witdir /w/ --timeout 5 --hold", func(o *Options) {
			o.Mode, o.Foreground, o.Dest, o.SecretsFile = WIT, true, "fd00::1", "/w/isakmp-secrets.fd00::1"
			o.WITDir, o.Timeout, o.Hold = "/w/", 5*time.Second, true
		}},
		{"--wit -td D -g G --hold=3", func(o *Options) {
			o.Mode, o.Foreground, o.Dest, o.Gateway, o.Tunnel = WIT, true, "D", "G", true
			o.SecretsFile, o.Hold, o.HoldFor = "/tmp/wit/isakmp-secrets.D", true, 3*time.Second
		}},
		{"--", func(o *Options) {}},
	} {
		want := defaults()
		row.change(&want)
		got, _, err := Parse(words(row.args))
		if err != nil {
			t.Errorf("%q: %v", row.args, err)
		} else if *got != want {
			t.Errorf("%q:\n got %+v\nwant %+v", row.args, *got, want)
		}
	}
}

func TestHelpAndVersionEndTheCommandLine(t *testing.T) {
	for _, row := range []struct {
		args string
		want error
	}{
		{"-h", ErrHelp}, {"--help", ErrHelp}, {"-fh", ErrHelp}, {"-hz", ErrHelp}, {"-a 9 -h", ErrHelp}, {"-h --bogus", ErrHelp},
		{"--version", ErrVersion}, {"--version -h", ErrVersion}, {"--bogus -h", nil},
	} {
		_, _, err := Parse(words(row.args))
		if row.want != nil && !errors.Is(err, row.want) || row.want == nil && (errors.Is(err, ErrHelp) || err == nil) {
			t.Errorf("%q: %v, want %v", row.args, err, row.want)
		}
	}
}

func TestUsageNamesEveryOptionOnOneLine(t *testing.T) {
	var b bytes.Buffer
	Usage(&b)
	letters := ""
	for _, o := range options {
		letters += o.short
		want := "--" + o.long
		if o.short != "" {
			want = "  -" + o.short + ", " + want
		}
		n := 0
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, want) && strings.HasPrefix(line, "  ") && strings.Contains(line, o.help) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s stands on %d lines", want, n)
		}
		if o.value != "" && !strings.Contains(o.help, "default: ") {
			t.Errorf("%s: no default", want)
		}
	}
	if letters != "abdefghiklmoprstv3" {
		t.Errorf("letters %s", letters)
	}
}

func TestResolve(t *testing.T) {
	lookup := func(host string) ([]netip.Addr, error) {
		switch host {
		case "both":
			return []netip.Addr{netip.MustParseAddr("fd00::9"), netip.MustParseAddr("10.0.0.9")}, nil
		case "six":
			return []netip.Addr{netip.MustParseAddr("fd00::6")}, nil
		case "four":
			return []netip.Addr{netip.MustParseAddr("10.0.0.4")}, nil
		}
		return nil, errors.New("no such host")
	}
	for _, row := range []struct {
		options Options
		want    string // dest, gateway, listen; or the error
	}{
		{Options{Dest: "10.0.0.1"}, "10.0.0.1 invalid IP invalid IP"},
		{Options{Dest: "::ffff:10.0.0.1"}, "10.0.0.1 invalid IP invalid IP"},
		{Options{Dest: "both"}, "fd00::9 invalid IP invalid IP"},
		{Options{Dest: "four"}, "10.0.0.4 invalid IP invalid IP"},
		{Options{Dest: "both", Listen: "10.0.0.1"}, "10.0.0.9 invalid IP 10.0.0.1"},
		{Options{Dest: "10.0.0.1", Gateway: "both"}, "10.0.0.1 10.0.0.9 invalid IP"},
		{Options{Dest: "10.0.0.1", Gateway: "six"}, "-g: address family differs from -d"},
		{Options{Dest: "six", Listen: "10.0.0.1"}, `-d: "six" has no address of the family of 10.0.0.1`},
		{Options{Dest: "nobody"}, `-d: "nobody" has no address: no such host`},
		{Options{Dest: "fd00::1", Listen: "10.0.0.1"}, "--listen: address family of 10.0.0.1 differs from that of the peer fd00::1"},
	} {
		e, err := row.options.Resolve(lookup)
		got := fmt.Sprintf("%s %s %s", e.Dest, e.Gateway, e.Listen)
		if err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%+v: %s; want %s", row.options, got, row.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, row := range refused {
		f.Add(row.args)
	}
	f.Fuzz(func(t *testing.T, line string) {
		o, _, err := Parse(strings.Split(line, " "))
		if err == nil && (o.Port == 0 || o.PeerPort == 0 || o.Auth == 0 && o.Encr == 0 || o.SecretsFile == "") {
			t.Errorf("%q is good and gives %+v", line, o)
		}
	})
}

func TestObsoleteAlgorithmsAreNamedOnce(t *testing.T) {
	for _, row := range []struct{ args, want string }{
		{"", "[DES MD5]"},
		{"-3s -a 3", "[]"},
		{"-3s -a 2", "[MD5]"},
		{"-3s", "[DES MD5]"},
		{"-3s -e 1", "[DES]"},
		{"-3s -e 3 -a 3 --group 1", "[MODP768]"},
		{"-3 -e 3", "[MD5]"},
	} {
		o, _, err := Parse(words(row.args))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(o.Obsolete()); got != row.want {
			t.Errorf("%q: %s, want %s", row.args, got, row.want)
		}
	}
}

package xfrm

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/sadb/sadbtest"
	"ikewit/netns/guest"
)

// The suite wants a kernel with ESP. Where this one has none, the whole test program runs again in the guest.
func TestMain(m *testing.M) {
	guest.Init()
	if os.Geteuid() == 0 && !guest.Inside() && !kernelHasESP() && guest.Missing() == nil && !short() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		program, err := os.Executable()
		if err == nil {
			var status int
			status, err = guest.Run(ctx, guest.Config{Command: append([]string{program}, os.Args[1:]...)})
			if err == nil {
				os.Exit(status)
			}
		}
		fmt.Fprintln(os.Stderr, "guest:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func short() bool {
	for _, a := range os.Args {
		if a == "-test.short" || a == "-test.short=true" || strings.HasPrefix(a, "-test.list") {
			return true
		}
	}
	return false
}

func kernelHasESP() bool {
	d, err := New()
	if err != nil {
		return false
	}
	defer d.Close()
	a, err := d.Probe()
	return err == nil && a.Usable()
}

// open gives a driver in a namespace of its own.
func open(t *testing.T) *Driver {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, or the guest")
	}
	runtime.LockOSThread()
	before, err := netns.Get()
	if err != nil {
		t.Fatal(err)
	}
	inside, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	d, err := New()
	netns.Set(before)
	before.Close()
	runtime.UnlockOSThread()
	inside.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func needESP(t *testing.T, d *Driver) {
	t.Helper()
	a, err := d.Probe()
	if err != nil {
		t.Fatal(err)
	}
	if !a.Usable() {
		if os.Getenv("CI") == "true" {
			t.Fatal("no kernel with ESP, nor a guest: ", a)
		}
		t.Skip("this kernel has no ESP and no guest can be had: ", a)
	}
}

func testSA(ends [2]netip.Addr) sadb.SA {
	sa := probeSA(sadb.ESP, ends)
	sa.SPI = 0x1000
	return sa
}

func TestProbeTellsWhatIsThere(t *testing.T) {
	d := open(t)
	a, err := d.Probe()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(a)
	if len(a.Missing) == 0 {
		for _, name := range []string{"3des", "aes", "aes-gcm-16", "null", "blowfish"} {
			if !contains(a.Ciphers, name) {
				t.Errorf("%s is not among the ciphers: %v", name, a.Ciphers)
			}
		}
		for _, name := range []string{"rc5", "idea", "des-iv64"} {
			if contains(a.Ciphers, name) {
				t.Errorf("%s is among the ciphers", name)
			}
		}
	}
	if list, err := d.SAs(); err != nil || len(list) != 0 {
		t.Errorf("after the probe: %d SAs, %v", len(list), err)
	}
}

func contains(list []*alg.Cipher, name string) bool {
	for _, c := range list {
		if c.Name == name {
			return true
		}
	}
	return false
}

func TestWhatIsAddedIsWhatTheKernelHolds(t *testing.T) {
	d := open(t)
	needESP(t, d)
	base := testSA(probe4)
	rows := map[string]func(*sadb.SA){
		"transport":         func(sa *sadb.SA) {},
		"tunnel":            func(sa *sadb.SA) { sa.Mode = sadb.Tunnel },
		"IPv6":              func(sa *sadb.SA) { sa.Src, sa.Dst = probe6[0], probe6[1] },
		"reqid":             func(sa *sadb.SA) { sa.ReqID = 77 },
		"window 32":         func(sa *sadb.SA) { sa.ReplayWindow = 32 },
		"window 64":         func(sa *sadb.SA) { sa.ReplayWindow = 64 },
		"window 4096":       func(sa *sadb.SA) { sa.ReplayWindow = 4096 },
		"ESN":               func(sa *sadb.SA) { sa.ReplayWindow, sa.ESN = 64, true },
		"SHA-256 at 128":    integrity("hmac-sha256-128"),
		"SHA-256 at 96":     integrity("hmac-sha256-96"),
		"SHA-512":           integrity("hmac-sha512-256"),
		"MD5":               integrity("hmac-md5-96"),
		"3DES":              cipher("3des", 192),
		"DES":               cipher("des", 64),
		"Blowfish 448":      cipher("blowfish", 448),
		"CAST":              cipher("cast", 128),
		"AES-256":           cipher("aes", 256),
		"AES-CTR":           cipher("aes-ctr", 128),
		"NULL":              cipher("null", 0),
		"AES-GCM-16":        aead("aes-gcm-16", 128),
		"AES-GCM-16 of 256": aead("aes-gcm-16", 256),
		"encryption only":   func(sa *sadb.SA) { sa.Integrity, sa.AuthKey = nil, nil },
		"AH":                func(sa *sadb.SA) { sa.Proto, sa.Cipher, sa.CipherKey = sadb.AH, nil, nil },
		"UDP":               func(sa *sadb.SA) { sa.Mode, sa.Encap = sadb.Tunnel, sadb.Encap{SrcPort: 4500, DstPort: 1024} },
		"lifetimes": func(sa *sadb.SA) {
			sa.Soft = sadb.Limits{Octets: 1 << 20, Packets: 500, Add: 50 * time.Second, Use: 40 * time.Second}
			sa.Hard = sadb.Limits{Octets: 2 << 20, Packets: 900, Add: 100 * time.Second, Use: 90 * time.Second}
		},
		"selector": func(sa *sadb.SA) {
			sa.Selector = sadb.Selector{
				Src:   sadb.RangeOfPrefix(netip.MustParsePrefix("10.1.0.0/16")),
				Dst:   sadb.RangeOf(netip.MustParseAddr("10.2.0.7")),
				Proto: 17, DstPort: 53,
			}
		},
	}
	for name, change := range rows {
		t.Run(name, func(t *testing.T) {
			sa := base
			change(&sa)
			if err := d.Apply(sadb.Add{SA: sa}); err != nil {
				t.Fatal(err)
			}
			got, err := d.Get(sa.ID())
			if err != nil {
				t.Fatal(err)
			}
			if err := same(sa, got); err != nil {
				t.Error(err)
			}
			if err := d.Apply(sadb.Add{SA: sa}); !errors.Is(err, sadb.ErrExists) {
				t.Errorf("added twice: %v", err)
			}
			if err := d.Apply(sadb.Delete{ID: sa.ID()}); err != nil {
				t.Error(err)
			}
			if _, err := d.Get(sa.ID()); !errors.Is(err, sadb.ErrNotFound) {
				t.Errorf("after its delete: %v", err)
			}
		})
	}
}

func integrity(name string) func(*sadb.SA) {
	return func(sa *sadb.SA) {
		sa.Integrity = alg.IntegrityByName(name)
		sa.AuthKey = plainKey(sa.Integrity.KeyBits / 8)
	}
}

func cipher(name string, bits int) func(*sadb.SA) {
	return func(sa *sadb.SA) {
		sa.Cipher = alg.CipherByName(name)
		sa.CipherKey = plainKey(sa.Cipher.KeyOctets(bits))
	}
}

func aead(name string, bits int) func(*sadb.SA) {
	return func(sa *sadb.SA) {
		cipher(name, bits)(sa)
		sa.Integrity, sa.AuthKey = nil, nil
	}
}

// RFC 2406 section 3.4.3: without authentication there is no replay check.
func TestNoWindowWithoutAuthentication(t *testing.T) {
	d := open(t)
	needESP(t, d)
	for _, window := range []uint32{32, 64} {
		sa := testSA(probe4)
		sa.Integrity, sa.AuthKey, sa.ReplayWindow = nil, nil, window
		if err := d.Apply(sadb.Add{SA: sa}); err != nil {
			t.Fatal(err)
		}
		if got, err := d.Get(sa.ID()); err != nil || got.ReplayWindow != 0 {
			t.Errorf("window %d, %v; want none", got.ReplayWindow, err)
		}
		if err := d.Apply(sadb.Delete{ID: sa.ID()}); err != nil {
			t.Error(err)
		}
	}
}

// same compares what an SA says about packets; a difference is told without keys.
func same(want, got sadb.SA) error {
	if string(want.CipherKey) != string(got.CipherKey) || string(want.AuthKey) != string(got.AuthKey) {
		return fmt.Errorf("keys differ: %s/%s, want %s/%s", got.CipherKey, got.AuthKey, want.CipherKey, want.AuthKey)
	}
	got.CipherKey, got.AuthKey, got.Current, got.State = want.CipherKey, want.AuthKey, want.Current, want.State
	// Field by field: an SA prints itself with less than it is.
	a, b := reflect.ValueOf(want), reflect.ValueOf(got)
	for i := range a.NumField() {
		if x, y := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(x, y) {
			return fmt.Errorf("%s is %v, want %v", a.Type().Field(i).Name, y, x)
		}
	}
	return nil
}

func TestPolicies(t *testing.T) {
	d := open(t)
	p := sadb.Policy{
		Direction: sadb.Out, Do: sadb.Protect, Priority: 9,
		Selector: sadb.Selector{
			Src: sadb.RangeOfPrefix(netip.MustParsePrefix("10.1.0.0/16")), Dst: sadb.RangeOfPrefix(netip.MustParsePrefix("10.2.0.0/24")),
			Proto: 6, DstPort: 80,
		},
		Templates: []sadb.Template{{Proto: sadb.ESP, Mode: sadb.Tunnel, Src: probe4[0], Dst: probe4[1], ReqID: 5}},
	}
	if err := d.Apply(sadb.AddPolicy{Policy: p}); err != nil {
		t.Fatal(err)
	}
	p.Templates = []sadb.Template{{Proto: sadb.AH, Mode: sadb.Transport}}
	if err := d.Apply(sadb.AddPolicy{Policy: p}); err != nil {
		t.Fatalf("replace: %v", err)
	}
	list, err := d.Policies()
	if err != nil || len(list) != 1 || fmt.Sprint(list[0]) != fmt.Sprint(p) || list[0].Priority != 9 {
		t.Fatalf("policies %v, %v; want %v", list, err, p)
	}
	if err := d.Apply(sadb.DeletePolicy{ID: p.ID()}); err != nil {
		t.Fatal(err)
	}
	if err := d.Apply(sadb.DeletePolicy{ID: p.ID()}); !errors.Is(err, sadb.ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
}

func TestPolicyOfARangeIsOneOfEachPrefix(t *testing.T) {
	d := open(t)
	p := sadb.Policy{Direction: sadb.In, Do: sadb.Discard, Selector: sadb.Selector{
		Src: sadb.Range{From: netip.MustParseAddr("10.0.0.1"), To: netip.MustParseAddr("10.0.0.4")},
		Dst: sadb.RangeOf(netip.MustParseAddr("10.9.0.1")),
	}}
	if err := d.Apply(sadb.AddPolicy{Policy: p}); err != nil {
		t.Fatal(err)
	}
	list, err := d.Policies()
	if err != nil || len(list) != 3 { // .1/32 .2/31 .4/32
		t.Fatalf("policies %v, %v", list, err)
	}
	if err := d.Apply(sadb.DeletePolicy{ID: p.ID()}); err != nil {
		t.Fatal(err)
	}
	if list, _ := d.Policies(); len(list) != 0 {
		t.Errorf("left: %v", list)
	}
}

// Any address is one policy of each family; that of IPv6 does not go with a template of IPv4.
func TestPolicyThatIsRefusedInPartLeavesNothing(t *testing.T) {
	d := open(t)
	p := sadb.Policy{Direction: sadb.Out, Do: sadb.Protect, Templates: []sadb.Template{{Proto: sadb.ESP, Mode: sadb.Transport, Src: probe4[0], Dst: probe4[1]}}}
	err := d.Apply(sadb.AddPolicy{Policy: p})
	if !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "probably the selector of the policy") {
		t.Errorf("%v", err)
	}
	if list, err := d.Policies(); err != nil || len(list) != 0 {
		t.Errorf("left: %v, %v", list, err)
	}
}

func TestRefusalsNameWhatIsWrong(t *testing.T) {
	d := open(t)
	for name, row := range map[string]struct {
		change func(*sadb.SA)
		want   string
	}{
		"reserved SPI":   {func(sa *sadb.SA) { sa.SPI = 255 }, "SPI 000000ff is reserved"},
		"no mode":        {func(sa *sadb.SA) { sa.Mode = 0 }, "mode"},
		"two families":   {func(sa *sadb.SA) { sa.Dst = probe6[1] }, "families"},
		"derived IV":     {func(sa *sadb.SA) { sa.DerivedIV = true }, "derived IV"},
		"RC5":            {cipher("rc5", 128), "cipher rc5 not supported by xfrm"},
		"no destination": {func(sa *sadb.SA) { sa.Dst = netip.Addr{} }, "address"},
	} {
		t.Run(name, func(t *testing.T) {
			sa := testSA(probe4)
			row.change(&sa)
			err := d.Apply(sadb.Add{SA: sa})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v; want %q", err, row.want)
			}
		})
	}
}

func TestNoErrorShowsAKey(t *testing.T) {
	d := open(t)
	sa := testSA(probe4)
	sa.AuthKey = plainKey(7)
	err := d.Apply(sadb.Add{SA: sa})
	if err == nil {
		t.Skip("the kernel takes a key of 7 octets")
	}
	if text := fmt.Sprintf("%v %+v", err, sa); strings.Contains(text, fmt.Sprintf("%x", sa.AuthKey.Octets())) {
		t.Error(text)
	}
}

func TestExpireByTime(t *testing.T) {
	d := open(t)
	needESP(t, d)
	sa := testSA(probe4)
	sa.Hard.Add = time.Second
	if err := d.Apply(sadb.Add{SA: sa}); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-d.Events():
		expire, ok := e.(sadb.Expire)
		if !ok || !expire.Hard || expire.SA.ID() != sa.ID() {
			t.Errorf("event %v", e)
		}
	case <-time.After(20 * time.Second):
		t.Error("no expire")
	}
}

func TestSuite(t *testing.T) {
	d := open(t)
	needESP(t, d)
	sadbtest.Run(t, func(t *testing.T) sadb.Driver { return open(t) }, sadbtest.Options{Unordered: true, Whole: true, Many: 1000})
}

package ipsec_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ikewit/harness/capture"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/packet"
	"ikewit/harness/capture/pcapfile"
	"ikewit/harness/capture/tshark"
)

// TestTsharkOpensEveryESP seals a packet with every cipher, key length and authenticator that Wireshark knows and has
// it opened with the tables that we write: our sender, our tables and Wireshark agree on all of them.
func TestTsharkOpensEveryESP(t *testing.T) {
	if _, err := tshark.Find(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	path, dir := filepath.Join(t.TempDir(), "esp.pcapng"), t.TempDir()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := pcapfile.NewWriter(f, "ikewit")
	if err != nil {
		t.Fatal(err)
	}
	ends := [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:1000"), netip.MustParseAddrPort("192.0.2.2:2000")}
	udp, err := packet.WrapUDP(ends[0], ends[1], []byte("what travels inside"))
	if err != nil {
		t.Fatal(err)
	}
	all := ipsec.EveryESP(t)
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	var sas []*ipsec.SA
	verified := 0
	for _, name := range names {
		sa := all[name]
		tables := capture.WiresharkTables(nil, sa)
		if len(tables.Unable) > 0 {
			continue
		}
		sa.SPI = uint32(0x1000 + len(sas))
		sa.Src, sa.Dst = ends[0].Addr(), ends[1].Addr()
		if sa.Integrity != nil || sa.Cipher.ICV > 0 {
			verified++
		}
		esp := ipsec.Seal(t, sa, 1, udp[20:], ipsec.Fill(sa, len(udp)-20), packet.ProtoUDP)
		if err := w.Write(pcapfile.Frame{Link: pcapfile.LinkRaw, Data: packet.WrapIP(sa.Src, sa.Dst, packet.ProtoESP, esp)}); err != nil {
			t.Fatal(err)
		}
		sas = append(sas, sa)
	}
	if err := capture.WiresharkTables(nil, sas...).WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	r, err := tshark.Read(path, dir)
	if err != nil {
		t.Fatal(err)
	}
	if bad := r.Complaints(); len(bad) > 0 || len(r.ESP) != len(sas) || len(r.GoodICV) != verified {
		for _, n := range append(slices.Clone(r.ESPClosed), r.BadICV...) {
			t.Logf("frame %d: %v", n, sas[n-1])
		}
		t.Errorf("%v, %d ESP packets of %d, %d good ICVs of %d", bad, len(r.ESP), len(sas), len(r.GoodICV), verified)
	}
}

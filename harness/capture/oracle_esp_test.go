package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"ikewit/harness/capture/ipsec"
)

// onlyTshark is what tshark reads in packets that we do not take in, and why.
var onlyTshark = map[string]string{
	"tcpdump/esp_truncated.pcap":               "a fragment that the capture cut: we wait for the whole datagram",
	"tcpdump/heapoverflow-ip_demux_print.pcap": "the header says 200 octets, there are 14",
}

// TestPacketsAgreeWithTshark holds every ESP, AH, IPComp and keepalive of every capture against tshark, and opens
// those for which there are keys.
func TestPacketsAgreeWithTshark(t *testing.T) {
	keys := filepath.Join(captures(t), "keys.json")
	packets, opened, verified := 0, 0, 0
	eachCapture(t, func(t *testing.T, name, path string, oracle []map[string]any) {
		set, err := LoadKeys(keys, path)
		if err != nil {
			t.Fatal(err)
		}
		sas, err := set.SAs()
		if err != nil {
			t.Fatal(err)
		}
		var got, want []map[string]any
		for _, r := range records(t, path) {
			got = append(got, describe(t, &r, sas)...)
			if o, err := r.Open(sas); err == nil && r.Kind == KindAH && o.Verified {
				verified++
			}
		}
		for _, x := range oracle {
			if k := x["kind"]; k != "isakmp" && k != "other" {
				delete(x, "expert")
				want = append(want, x)
			}
		}
		for i := range max(len(got), len(want)) {
			switch {
			case i >= len(got):
				if onlyTshark[name] == "" {
					t.Errorf("only tshark: %v", want[i])
				}
			case i >= len(want):
				t.Errorf("only we: %v", got[i])
			case !reflect.DeepEqual(got[i], want[i]):
				t.Errorf("%v\ntshark: %v", got[i], want[i])
			}
			if i < len(got) && got[i]["icv_ok"] == true {
				opened++
			}
		}
		packets += len(got)
	})
	t.Logf("%d packets compared; good ICV: %d of ESP, %d of AH", packets, opened, verified)
	if packets < 1250 || opened < 90 || verified < 8 {
		t.Errorf("only %d packets compared; good ICV: %d of ESP, %d of AH", packets, opened, verified)
	}
}

// describe writes a record, and what is in it, as the decodes of tshark are written.
func describe(t *testing.T, r *Record, sas []*ipsec.SA) []map[string]any {
	x := map[string]any{"frame": float64(r.Frame), "kind": string(r.Kind), "src": endpoint(r.Src), "dst": endpoint(r.Dst)}
	if r.NATT {
		x["natt"] = true
	}
	out := []map[string]any{x}
	switch r.Kind {
	case KindKeepalive:
	case KindIPComp:
		x["cpi"], x["flags"], x["next_header"] = float64(r.IPComp.CPI), float64(r.IPComp.Flags), float64(r.IPComp.NextHeader)
	case KindAH:
		x["spi"], x["seq"], x["next_header"] = fmt.Sprintf("%08x", r.AH.SPI), float64(r.AH.Seq), float64(r.AH.NextHeader)
		x["ah_len"], x["icv"] = float64(r.AH.Len), hex.EncodeToString(r.AH.ICV)
		if _, err := r.Open(sas); err != nil && !errors.Is(err, ErrNoSA) {
			t.Error(err)
		}
	case KindESP:
		x["spi"], x["seq"], x["len"] = fmt.Sprintf("%08x", r.ESP.SPI), float64(r.ESP.Seq), float64(len(r.ESP.Octets))
		o, err := r.Open(sas)
		if errors.Is(err, ErrNoSA) {
			break
		}
		if err != nil {
			t.Error(err)
			break
		}
		if o.Verified {
			x["icv_ok"] = true
		}
		sum := sha256.Sum256(o.Inner)
		x["iv"], x["pad_len"], x["next_header"] = hex.EncodeToString(o.IV), float64(len(o.Padding)), float64(o.NextHeader)
		x["plain_len"], x["plain_sha256"] = float64(len(o.Inner)), hex.EncodeToString(sum[:])
		for _, inner := range r.Inside(o) {
			out = append(out, describe(t, &inner, sas)...)
		}
	default:
		return nil
	}
	return out
}

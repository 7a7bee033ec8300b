package check

import (
	"encoding/hex"
	"testing"

	"ikewit/harness/capture/packet"
)

// An ICMP error about a datagram of IKE is no traffic in clear; about anything else it is.
func TestErrorsAboutIKE(t *testing.T) {
	const (
		outer  = "45000038000000004001" + "0000" + "c0000202" + "c0000201" // 192.0.2.2 to 192.0.2.1, ICMP
		inner  = "4500003c000000004011" + "0000" + "c0000201" + "c0000202" // the other way, UDP
		udp500 = "01f401f400280000"
		udp53  = "9c40003500280000"
	)
	for _, row := range []struct {
		name, octets string
		want         bool
	}{
		{"port unreachable, about IKE", outer + "0303000000000000" + inner + udp500, true},
		{"port unreachable, about DNS", outer + "0303000000000000" + inner + udp53, false},
		{"time exceeded, about IKE", outer + "0b00000000000000" + inner + udp500, true},
		{"an echo that looks like it", outer + "0800000000000000" + inner + udp500, false},
		{"cut off", outer + "03030000", false},
		{"about a TCP segment", outer + "0303000000000000" + "4500003c000000004006" + "0000" + "c0000201" + "c0000202" + udp500, false},
	} {
		octets, err := hex.DecodeString(row.octets)
		if err != nil {
			t.Fatal(err)
		}
		octets[3] = byte(len(octets))
		ip, err := packet.ParseIP(octets)
		if err != nil {
			t.Fatal(row.name, err)
		}
		if got := aboutIKE(ip); got != row.want {
			t.Errorf("%s: %t", row.name, got)
		}
	}
}

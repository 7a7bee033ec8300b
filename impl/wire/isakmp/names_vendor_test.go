package isakmp

import (
	"crypto/md5"
	"strings"
	"testing"
)

// hashed says what a Vendor ID is the MD5 of, and how much of it, where it is not the name and all.
var hashed = map[Vendor]struct {
	text   string
	octets int
}{
	VendorNATT02Newline: {"draft-ietf-ipsec-nat-t-ike-02\n", md5.Size},
	VendorXAUTH:         {"draft-ietf-ipsra-isakmp-xauth-06.txt", 8},
	VendorUnity:         {"CISCO-UNITY", 14},
	VendorHuttunen:      {"draft-huttunen-ipsec-esp-in-udp-00.txt", md5.Size},
	VendorShrewDPD:      {"DPD", md5.Size},
	VendorDPD:           {}, // chosen at random, RFC 3706 section 5.1
	VendorAltiga:        {}, // nobody has told
}

func TestVendorsAreWhatTheyAreTheHashOf(t *testing.T) {
	for _, v := range vendors {
		how, special := hashed[v.value]
		if !special {
			how.text, how.octets = v.name, md5.Size
		}
		sum := md5.Sum([]byte(how.text))
		if !strings.HasPrefix(v.fixed, string(sum[:how.octets])) {
			t.Errorf("%s is %x; the MD5 of %q is %x", v.name, v.fixed, how.text, sum)
		}
	}
}

func TestVendors(t *testing.T) {
	for i, v := range vendors {
		if v.value != Vendor(i+1) {
			t.Errorf("%s is vendor %d in row %d", v.name, v.value, i+1)
		}
		sent := v.value.Payload().Data
		if VendorOf(sent) != v.value || v.value.String() != v.name {
			t.Errorf("%x is %v, sent by %s", sent, VendorOf(sent), v.name)
		}
		if got, ok := VendorByName(v.name); got != v.value || !ok {
			t.Errorf("%s is %v, %v", v.name, got, ok)
		}
		// Values are compared whole, but for a tail.
		for n := range len(v.fixed) + v.tail + 2 {
			id := make([]byte, n)
			copy(id, v.fixed)
			want := UnknownVendor
			if n >= len(v.fixed) && n <= len(v.fixed)+v.tail {
				want = v.value
			}
			if got := VendorOf(id); got != want {
				t.Errorf("%d octets of %s are %v", n, v.name, got)
			}
		}
		sent[0] ^= 1
		if got := VendorOf(sent); got != UnknownVendor {
			t.Errorf("%x is %v", sent, got)
		}
	}
	if UnknownVendor.String() != "unknown vendor" || Vendor(200).String() != "unknown vendor" || len(Vendor(200).Payload().Data) != 0 {
		t.Error("an unknown vendor is known")
	}
	if _, ok := VendorByName("nobody"); ok {
		t.Error("nobody is known")
	}
}

func TestVendorDPDHasItsVersion(t *testing.T) {
	if got, want := VendorDPD.Payload().Data, octets(t, "afcad713 68a1f1c9 6b8696fc 7757 01 00"); string(got) != string(want) {
		t.Errorf("%x, want %x", got, want)
	}
}

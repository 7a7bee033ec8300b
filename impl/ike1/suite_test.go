package ike1

import (
	"strings"
	"testing"

	"ikewit/impl/wire/isakmp"
)

// What is wrong with a transform is said by name.
func TestFaultsOfATransformAreNamed(t *testing.T) {
	whole := []isakmp.Attribute{
		isakmp.TV(isakmp.P1Encryption, isakmp.Encryption3DES), isakmp.TV(isakmp.P1Hash, isakmp.HashSHA),
		isakmp.TV(isakmp.P1AuthMethod, isakmp.AuthPSK), isakmp.TV(isakmp.P1Group, isakmp.GroupMODP1024),
	}
	for _, row := range []struct {
		attributes []isakmp.Attribute
		want       string
	}{
		{whole, ""},
		{whole[1:], "Encryption Algorithm is missing"},
		{whole[:2], "Authentication Method, Group Description is missing"},
		{append(whole[:4:4], isakmp.TV(isakmp.P1Hash, isakmp.HashMD5)), "Hash Algorithm stands there with two values"},
		{append(whole[:4:4], isakmp.TV(isakmp.P1Hash, isakmp.HashSHA)), ""},
		{append(whole[:4:4], isakmp.TV(isakmp.P1PRF, uint16(1))), "PRF is not supported"},
		{append(whole[:4:4], isakmp.TV(isakmp.P1KeyLength, uint16(192))), "3des must not have a key length"},
		{append(whole[:3:3], isakmp.TLV(isakmp.P1Group, []byte{0, 2})), "Group Description must have the short form"},
	} {
		s, _, err := readSuite(&isakmp.Transform{Attributes: row.attributes})
		switch {
		case row.want == "" && (err != nil || s.String() != "3des sha1 psk modp1024"):
			t.Errorf("%v: %v, %v", row.attributes, s, err)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%v: %v, want %q", row.attributes, err, row.want)
		}
	}
}

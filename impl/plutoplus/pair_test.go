package plutoplus

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

const sharedSecret = "hunter2 is not printed"

// Cases 2 to 6, 10 and 16: every legal combination, of WIT with WIT and with a daemon that has no options.
func TestEveryCombinationIsNegotiated(t *testing.T) {
	all := combinations()
	for i, args := range all {
		responder := "--wit -d 10.0.0.1 " + args
		if i%2 == 1 {
			responder = "--debug"
		}
		phase1 := []string{"", "-3", "-s", "-3s --group 5", "--group 1"}[i%5]
		if i%2 == 0 {
			responder += " " + phase1
		}
		t.Run(args+" "+phase1, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := &daemon.Memory{}
				b := cast(t, net, "10.0.0.2", sharedSecret, responder)
				a := cast(t, net, "10.0.0.1", sharedSecret, "--wit -i -d 10.0.0.2 "+args+" "+phase1)
				b.start(t)
				a.start(t)
				if status := a.wait(); status != StatusOK {
					t.Fatalf("initiator: %d\n%s%s", status, a.out.String(), a.err.String())
				}
				sas := mirror(t, a, b)
				if status := b.stop(); status != StatusOK {
					t.Errorf("responder: %d\n%s%s", status, b.out.String(), b.err.String())
				}
				checkSAs(t, a.options, sas)
			})
		})
	}
}

// checkSAs holds the SAs against the options, by numbers of its own.
func checkSAs(t *testing.T, o *Options, sas []sadb.SA) {
	t.Helper()
	if len(sas) != 2 {
		t.Fatalf("%d SAs", len(sas))
	}
	keyOctets := map[int]int{0: 0, 1: 8, 2: 8, 3: 24, 4: o.KeyOctets, 5: 16, 7: o.KeyOctets, 11: 0}[o.Encr]
	authOctets := map[int]int{0: 0, 2: 16, 3: 20}[o.Auth]
	for _, sa := range sas {
		if (sa.Proto == sadb.AH) != (o.Encr == 0) || (sa.Mode == sadb.Tunnel) != o.Tunnel || sa.SPI < 0x1000 {
			t.Errorf("%v", sa)
		}
		if len(sa.CipherKey) != keyOctets || len(sa.AuthKey) != authOctets {
			t.Errorf("%v: keys of %d and %d octets, want %d and %d", sa, len(sa.CipherKey), len(sa.AuthKey), keyOctets, authOctets)
		}
		if sa.Hard.Add != 28800*time.Second || sa.Hard.Octets != 32767*1024 || sa.ReplayWindow != 32 {
			t.Errorf("%v: limits %+v, window %d", sa, sa.Hard, sa.ReplayWindow)
		}
	}
}

// Case 11: other phase 1 algorithms. Case 12: PFS on one side. And every other item of the consistency check.
func TestWITResponderRefusesWhatDisagreesWithItsOptions(t *testing.T) {
	for _, row := range []struct {
		item, initiator, responder string
		mismatch                   string // "" : not a mismatch of proposals
	}{
		{"hash", "", "-s", "proposal mismatch: hash: expected sha1, received "},
		{"cipher", "-3", "", "proposal mismatch: cipher: "},
		{"group", "", "--group 5", "proposal mismatch: group: "},
		{"protocol", "-a 2", "", "proposal mismatch: protocol: "},
		{"ESP cipher", "-e 3 -a 2", "-e 2 -a 2", "proposal mismatch: cipher: "},
		{"authentication", "-e 3 -a 2", "-e 3 -a 3", "proposal mismatch: "},
		{"authentication missing", "-e 3", "-e 3 -a 3", "proposal mismatch: "},
		{"key length", "-e 7 -k 8", "-e 7 -k 16", "proposal mismatch: key length: "},
		{"encapsulation", "", "-t", "proposal mismatch: encapsulation mode: "},
		{"PFS wanted by the initiator only", "-f", "", "proposal mismatch: PFS: "},
		{"PFS wanted by the responder only", "", "-f", "proposal mismatch: PFS: "},
	} {
		t.Run(row.item, func(t *testing.T) {
			play(t, "--wit -i -d 10.0.0.2 "+row.initiator, "--wit -d 10.0.0.1 "+row.responder, func(a, b *actor, statusA, statusB int) {
				if statusA != StatusFailed || statusB != StatusFailed {
					t.Errorf("statuses %d and %d, want 2 and 2", statusA, statusB)
				}
				if !strings.Contains(a.out.String(), "WIT: FAILED: peer notifies NO-PROPOSAL-CHOSEN (14)") {
					t.Errorf("initiator: %s", a.out.String())
				}
				if !strings.Contains("\n"+b.out.String(), "\n"+row.mismatch) || !strings.Contains(b.out.String(), "\nWIT: FAILED: ") {
					t.Errorf("responder: %s", b.out.String())
				}
				noSAs(t, a)
				noSAs(t, b)
			})
		})
	}
}

// Lifetimes that differ are noted and not fatal; the shorter one counts. Case 20.
func TestLifetimesAreProposedAndNoted(t *testing.T) {
	play(t, "--wit -i -d 10.0.0.2 -l 600 -m 100 -o 900", "--wit -d 10.0.0.1", func(a, b *actor, statusA, statusB int) {
		if statusA != StatusOK || statusB != StatusOK {
			t.Errorf("statuses %d and %d", statusA, statusB)
		}
		if n := strings.Count(b.out.String(), "proposal mismatch: "); n == 0 {
			t.Errorf("nothing noted: %s", b.out.String())
		}
		for _, sa := range mirror(t, a, b) {
			if sa.Hard.Add != 600*time.Second || sa.Hard.Octets != 100*1024 {
				t.Errorf("%v: %+v", sa, sa.Hard)
			}
		}
		if got := attributes(a.sent["MI1"], isakmp.Phase1); !strings.Contains(got, "Life Type = seconds, Life Duration = 900") {
			t.Errorf("MI1: %s", got)
		}
		got := attributes(a.sent["QI1"], isakmp.Phase2)
		for _, want := range []string{"SA Life Type = seconds, SA Life Duration = 600", "SA Life Type = kilobytes, SA Life Duration = 100"} {
			if !strings.Contains(got, want) {
				t.Errorf("QI1: %s; want %s", got, want)
			}
		}
	})
}

// attributes writes the one proposal of a message.
func attributes(m *isakmp.Message, p isakmp.Phase) string {
	for _, item := range m.Items {
		if sa, ok := item.Body.(*isakmp.SA); ok {
			proposal := sa.Proposals[0]
			text := fmt.Sprintf("%v %s", proposal.Protocol, proposal.Protocol.TransformName(proposal.Transforms[0].ID))
			for _, a := range proposal.Transforms[0].Attributes {
				text += ", " + p.Text(a)
			}
			return fmt.Sprintf("%d %d %s", len(sa.Proposals), len(proposal.Transforms), text)
		}
	}
	return ""
}

// Cases 2 to 6, as they stand on the wire.
func TestProposalsOnTheWire(t *testing.T) {
	const life = ", SA Life Type = seconds, SA Life Duration = 28800, SA Life Type = kilobytes, SA Life Duration = 32767"
	for _, row := range []struct{ args, want string }{
		{"", "PROTO_IPSEC_ESP ESP_DES, Authentication Algorithm = HMAC-MD5, Encapsulation Mode = Transport"},
		{"-a 3", "PROTO_IPSEC_AH AH_SHA, Authentication Algorithm = HMAC-SHA, Encapsulation Mode = Transport"},
		{"-a 2 -e 3", "PROTO_IPSEC_ESP ESP_3DES, Authentication Algorithm = HMAC-MD5, Encapsulation Mode = Transport"},
		{"-e 7", "PROTO_IPSEC_ESP ESP_BLOWFISH, Key Length = 64, Encapsulation Mode = Transport"},
		{"-e 4 -k 5", "PROTO_IPSEC_ESP ESP_RC5, Key Length = 40, Encapsulation Mode = Transport"},
		{"-e 3 -t", "PROTO_IPSEC_ESP ESP_3DES, Encapsulation Mode = Tunnel"},
		{"-e 3 -f", "PROTO_IPSEC_ESP ESP_3DES, Group Description = modp1024, Encapsulation Mode = Transport"},
	} {
		play(t, "--wit -i -d 10.0.0.2 "+row.args, "--wit -d 10.0.0.1 "+row.args, func(a, _ *actor, statusA, _ int) {
			if statusA != StatusOK {
				t.Errorf("%q: status %d", row.args, statusA)
			}
			if got := attributes(a.sent["MI1"], isakmp.Phase1); got != "1 1 PROTO_ISAKMP KEY_IKE, Encryption Algorithm = DES-CBC, Hash Algorithm = MD5, "+
				"Authentication Method = pre-shared key, Group Description = modp1024, Life Type = seconds, Life Duration = 86400" {
				t.Errorf("%q: MI1 %s", row.args, got)
			}
			if got := attributes(a.sent["QI1"], isakmp.Phase2); got != "1 1 "+row.want+life {
				t.Errorf("%q: QI1 %s", row.args, got)
			}
		})
	}
}

// Case 13.
func TestNobodyCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := cast(t, &daemon.Memory{}, "10.0.0.1", sharedSecret, "--wit -d 10.0.0.2 --timeout 5")
		start := time.Now()
		a.start(t)
		if status := a.wait(); status != StatusSilence || time.Since(start) != 5*time.Second {
			t.Errorf("status %d after %v", status, time.Since(start))
		}
	})
}

// Case 14.
func TestDifferentSecrets(t *testing.T) {
	playWith(t, "one secret", "another", "--wit -i -d 10.0.0.2", "--wit -d 10.0.0.1", func(a, b *actor, statusA, statusB int) {
		if statusA == StatusOK || statusB == StatusOK {
			t.Errorf("statuses %d and %d", statusA, statusB)
		}
		for _, side := range []*actor{a, b} {
			if strings.Contains(side.out.String(), "ISAKMP SA established") {
				t.Errorf("phase 1 succeeded: %s", side.out.String())
			}
			noSAs(t, side)
		}
	})
}

// Case 15: in DEBUG mode the program goes on after its own negotiation, and a second one of the peer succeeds.
func TestDebugModeServesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &daemon.Memory{}
		b := cast(t, net, "10.0.0.2", sharedSecret, "--debug")
		a := cast(t, net, "10.0.0.1", sharedSecret, "--debug -i -d 10.0.0.2")
		b.start(t)
		a.start(t)
		synctest.Wait()
		pass(time.Minute)
		if n := len(mirror(t, a, b)); n != 2 {
			t.Fatalf("%d SAs after the first negotiation\n%s%s", n, a.out.String(), a.err.String())
		}
		o, _, _ := Parse(words("--debug -i -d 10.0.0.1 -e 7 -3"))
		ends, _ := o.Resolve(nil)
		b.Daemon().Do(ike.Initiate{Conn: o.Connection(b.config.Host.(memoryHost).addr, ends)})
		pass(time.Minute)
		if n := len(mirror(t, a, b)); n != 4 {
			t.Errorf("%d SAs after the second negotiation\n%s%s", n, a.out.String(), a.err.String())
		}
		if status := a.stop(); status != StatusOK {
			t.Errorf("status %d", status)
		}
		noSAs(t, a)
		synctest.Wait()
		noSAs(t, b) // Deletes were sent
		b.stop()
	})
}

// Case 18: the gateway is whom we talk with, the destination whom the SA is for.
func TestGateway(t *testing.T) {
	play(t, "--wit -i -t -g 10.0.0.2 -d 10.9.9.9", "--wit -t -d 10.0.0.1", func(a, b *actor, statusA, statusB int) {
		if statusA != StatusOK || statusB != StatusOK {
			t.Errorf("statuses %d and %d", statusA, statusB)
		}
		for _, to := range a.to {
			if to != bobIKE {
				t.Errorf("sent to %v", to)
			}
		}
		var ids []string
		for _, item := range a.sent["QI1"].Items {
			if id, ok := item.Body.(*isakmp.ID); ok {
				ids = append(ids, fmt.Sprintf("%v %x", id.IDType, id.Data))
			}
		}
		if len(ids) != 2 || !strings.HasSuffix(ids[0], "0a000001") || !strings.HasSuffix(ids[1], "0a090909") {
			t.Errorf("identities %q", ids)
		}
		for _, sa := range mirror(t, a, b) {
			if sa.Mode != sadb.Tunnel || sa.Src != alice && sa.Src != bob {
				t.Errorf("%v", sa)
			}
		}
	})
	o, _, _ := Parse(words("--wit -i -t -g 10.0.0.2 -d 10.9.9.9"))
	if o.SecretsFile != "/tmp/wit/isakmp-secrets.10.9.9.9" {
		t.Errorf("secrets file %s", o.SecretsFile)
	}
}

// Case 19.
func TestWithoutReplayProtection(t *testing.T) {
	play(t, "--wit -i -r -d 10.0.0.2", "--wit -d 10.0.0.1", func(a, b *actor, statusA, statusB int) {
		if statusA != StatusOK || statusB != StatusOK {
			t.Errorf("statuses %d and %d", statusA, statusB)
		}
		for _, sa := range mirror(t, a, b) {
			if sa.Direction == sadb.In && sa.ReplayWindow != 0 {
				t.Errorf("%v: window %d", sa, sa.ReplayWindow)
			}
		}
		told := false
		for _, item := range a.sent["QI1"].Items {
			if n, ok := item.Body.(*isakmp.Notify); ok && n.NotifyType == 24577 {
				told = hex.EncodeToString(n.Data) == "00000000"
			}
		}
		if !told {
			t.Error("no REPLAY-STATUS of four zero octets in QI1")
		}
	})
}

// An IV length that no driver can do is carried out up to the installation.
func TestIVLengthThatTheDriverLacks(t *testing.T) {
	play(t, "--wit -i -d 10.0.0.2 -a 2 -e 11 -v 8", "--wit -d 10.0.0.1 -a 2 -e 11 --timeout 5", func(a, _ *actor, statusA, statusB int) {
		if statusA != StatusFailed || statusB == StatusOK {
			t.Errorf("statuses %d and %d", statusA, statusB)
		}
		if !strings.Contains(a.err.String(), "\nkernel: IV length 8 with null not supported\n") {
			t.Errorf("stderr %s", a.err.String())
		}
		noSAs(t, a)
	})
}

// The user stack's kind of IV: -v 0 makes it of the sequence number.
func TestDerivedIV(t *testing.T) {
	play(t, "--wit -i -d 10.0.0.2 -v 0", "--wit -d 10.0.0.1 -v 0", func(a, b *actor, statusA, statusB int) {
		if statusA != StatusOK || statusB != StatusOK {
			t.Errorf("statuses %d and %d", statusA, statusB)
		}
		for _, sa := range mirror(t, a, b) {
			if !sa.DerivedIV {
				t.Errorf("%v sends its IV", sa)
			}
		}
	})
}

func TestIPv6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &daemon.Memory{}
		b := cast(t, net, "fd00::2", sharedSecret, "--wit -t -d fd00::1")
		a := cast(t, net, "fd00::1", sharedSecret, "--wit -i -t -g fd00::2 -d fd00:9::9")
		b.start(t)
		a.start(t)
		if statusA, statusB := a.wait(), b.wait(); statusA != StatusOK || statusB != StatusOK {
			t.Errorf("statuses %d and %d\n%s%s", statusA, statusB, a.out.String(), b.out.String())
		}
		for _, sa := range mirror(t, a, b) {
			if !sa.Src.Is6() || sa.Mode != sadb.Tunnel {
				t.Errorf("%v", sa)
			}
		}
	})
}

// Case 17, and: what is in the secrets file is nowhere in any output, at any level, whatever happens.
func TestOutputClassesAndSecrets(t *testing.T) {
	classes := map[string]string{"| ": "1", "> ": "2", "< ": "2", "= ": "4"}
	for show := 0; show <= 7; show++ {
		option := ""
		for bit := 1; bit <= 4; bit *= 2 {
			if show&bit != 0 {
				option += fmt.Sprintf(" -b %d", bit)
			}
		}
		for _, other := range []string{sharedSecret, "hunter3"} {
			playWith(t, sharedSecret, other, "--wit -i -d 10.0.0.2"+option, "--wit -d 10.0.0.1 -b 7", func(a, b *actor, _, _ int) {
				seen := map[string]bool{}
				for line := range strings.Lines(a.out.String()) {
					if class := classes[line[:2]]; class != "" {
						seen[class] = true
					}
				}
				for _, bit := range []int{1, 2, 4} {
					if want := show&bit != 0; seen[fmt.Sprint(bit)] != want {
						t.Errorf("-b %d: lines of class %d: %t", show, bit, !want)
					}
				}
				for _, text := range []string{a.out.String(), a.err.String(), b.out.String(), b.err.String()} {
					for _, secret := range []string{sharedSecret, "hunter"} {
						digits := hex.EncodeToString([]byte(secret))
						if strings.Contains(text, secret) || strings.Contains(strings.ReplaceAll(strings.ToLower(text), " ", ""), digits) {
							t.Errorf("-b %d prints the secret", show)
						}
					}
				}
			})
		}
	}
	one, _, _ := Parse(words("--debug -b 1 -b 2"))
	both, _, _ := Parse(words("--debug -b 3"))
	if one.Show != both.Show {
		t.Errorf("-b 1 -b 2 is %d, -b 3 is %d", one.Show, both.Show)
	}
}

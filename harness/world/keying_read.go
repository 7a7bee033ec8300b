package world

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
)

// The judge's own reading of a command file: of the language of ipseckey just what scenarios use, written from the manual and not
// with impl/ipseckey.
var (
	writtenCiphers     = map[string]string{"des": "des", "des-cbc": "des", "3des": "3des", "blowfish": "blowfish", "aes": "aes", "null": "null"}
	writtenIntegrities = map[string]string{
		"md5": "hmac-md5-96", "hmac-md5": "hmac-md5-96", "sha": "hmac-sha1-96", "sha1": "hmac-sha1-96", "hmac-sha1": "hmac-sha1-96",
		"sha256": "hmac-sha256-128", "sha384": "hmac-sha384-192", "sha512": "hmac-sha512-256",
	}
)

// A writtenSA is what one command adds: the SA, and what only a database has of it.
type writtenSA struct {
	*ipsec.SA
	limits map[string]uint64 // soft_bytes, hard_addtime, ...: those that the command gives
	window uint64            // replay, in packets
}

// readCommands gives the SAs that commands add. whole: they stay until the end as they are, for nothing limits, changes or
// deletes them.
func readCommands(text string) (added []writtenSA, whole bool, err error) {
	whole = true
	for _, words := range writtenCommands(text) {
		if words[0] != "add" {
			whole = false
			continue
		}
		sa, err := readSA(words[1:])
		if err != nil {
			return nil, false, fmt.Errorf("the judge cannot read %q: %w", strings.Join(words[:2], " "), err)
		}
		added = append(added, sa)
		whole = whole && len(sa.limits) == 0
	}
	return added, whole, nil
}

// writtenCommands joins what backslashes and indented lines continue.
func writtenCommands(text string) (list [][]string) {
	open := false
	for line := range strings.SplitSeq(text, "\n") {
		indented := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		body, more := strings.CutSuffix(line, `\`)
		words := strings.Fields(body)
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
			open = false
			continue
		case open || indented && len(list) > 0:
			list[len(list)-1] = append(list[len(list)-1], words...)
		default:
			list = append(list, words)
		}
		open = more
	}
	return list
}

// readSA reads "esp spi 0x1001 src a dst b encr_alg 3des encrkey 01..".
func readSA(words []string) (sa writtenSA, err error) {
	sa = writtenSA{SA: &ipsec.SA{Mode: ipsec.Transport, Confirmed: true, Protocol: isakmp.ProtoESP}, limits: map[string]uint64{}}
	if words[0] == "ah" {
		sa.Protocol = isakmp.ProtoAH
	}
	for i := 1; i < len(words); i++ {
		word := words[i]
		takes := 1
		if strings.HasSuffix(word, "idtype") {
			takes = 2
		}
		if i+takes >= len(words) {
			return sa, fmt.Errorf("%s without value", word)
		}
		value := words[i+1]
		i += takes
		if err := sa.read(word, value); err != nil {
			return sa, fmt.Errorf("%s %s: %w", word, value, err)
		}
	}
	if sa.Protocol == isakmp.ProtoESP && sa.Cipher == nil {
		sa.Cipher = crypt.CipherByName("null")
	}
	if !sa.Src.IsValid() {
		sa.Src = netip.IPv4Unspecified()
		if sa.Dst.Is6() {
			sa.Src = netip.IPv6Unspecified()
		}
	}
	return sa, nil
}

func (sa *writtenSA) read(word, value string) (err error) {
	if strings.HasPrefix(word, "soft_") || strings.HasPrefix(word, "hard_") {
		sa.limits[word], err = strconv.ParseUint(value, 0, 64)
		if err != nil {
			return err
		}
	}
	var n uint64
	switch strings.TrimSuffix(word, "6") {
	case "spi":
		n, err = strconv.ParseUint(value, 0, 32)
		sa.SPI = uint32(n)
	case "src", "saddr", "srcaddr":
		sa.Src, err = netip.ParseAddr(value)
	case "dst", "daddr", "dstaddr":
		sa.Dst, err = netip.ParseAddr(value)
	case "proxy", "proxyaddr":
		var a netip.Addr
		a, err = netip.ParseAddr(value)
		sa.Mode, sa.Selector.Src = ipsec.Tunnel, ipsec.Range{From: a, To: a}
	case "encr_alg", "encralg":
		if sa.Cipher = crypt.CipherByName(writtenCiphers[value]); sa.Cipher == nil {
			err = fmt.Errorf("unknown")
		}
	case "auth_alg", "authalg":
		if sa.Integrity = crypt.IntegrityByName(writtenIntegrities[value]); sa.Integrity == nil {
			err = fmt.Errorf("unknown")
		}
	case "replay":
		sa.window, err = strconv.ParseUint(value, 0, 8)
	case "hard_addtime":
		sa.Seconds = sa.limits[word]
	case "hard_bytes":
		sa.Kilobytes = sa.limits[word] / 1024 // scenarios that compare them limit whole kilobytes
	case "encrkey":
		sa.Key, err = writtenKey(value)
	case "authkey":
		sa.AuthKey, err = writtenKey(value)
	}
	return err
}

// writtenKey reads a key of whole octets; its number of bits, if it is there, says nothing new.
func writtenKey(value string) (crypt.Secret, error) {
	digits, _, _ := strings.Cut(value, "/")
	b, err := hex.DecodeString(strings.TrimPrefix(digits, "0x"))
	return crypt.Secret(b), err
}

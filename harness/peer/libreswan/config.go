package libreswan

import (
	"fmt"
	"strings"

	"ikewit/harness/peer"
	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

const connectionName = "wit"

// libreswan's words for our rows: its manual page ipsec.conf(5), ike= and esp=. What Debian's build does not
// have is not here: DES, Blowfish, CAST, groups 1 and 2.
var (
	cipherWords    = map[string]string{"3des": "3des", "aes": "aes", "aes-ctr": "aes_ctr", "aes-gcm-16": "aes_gcm", "null": "null"}
	hashWords      = map[string]string{"md5": "md5", "sha1": "sha1", "sha256": "sha2_256", "sha384": "sha2_384", "sha512": "sha2_512"}
	integrityWords = map[string]string{
		"hmac-md5-96": "md5", "hmac-sha1-96": "sha1", "hmac-sha256-128": "sha2_256", "hmac-sha384-192": "sha2_384", "hmac-sha512-256": "sha2_512",
	}
	groupWords = map[string]bool{"modp1536": true, "modp2048": true, "modp3072": true, "modp4096": true, "modp6144": true, "modp8192": true}
)

func ikeProposal(p conn.ISAKMPProposal) (string, error) {
	cipher, err := cipherWord(p.Cipher, p.KeyBits)
	if err != nil {
		return "", err
	}
	hash, ok := hashWords[p.Hash.Name]
	if !ok {
		return "", fmt.Errorf("libreswan has no hash %s", p.Hash.Name)
	}
	if !groupWords[p.Group.Name] {
		return "", fmt.Errorf("libreswan has no group %s", p.Group.Name)
	}
	return cipher + "-" + hash + "-" + p.Group.Name, nil
}

func childProposal(t conn.ProtocolProposal) (string, error) {
	var parts []string
	if t.Proto == sadb.ESP {
		cipher, err := cipherWord(t.Cipher, t.KeyBits)
		if err != nil {
			return "", err
		}
		parts = append(parts, cipher)
	}
	switch {
	case t.Integrity != nil:
		word, ok := integrityWords[t.Integrity.Name]
		if !ok {
			return "", fmt.Errorf("libreswan has no integrity algorithm %s", t.Integrity.Name)
		}
		parts = append(parts, word)
	case t.Cipher != nil && !t.Cipher.AEAD():
		return "", fmt.Errorf("libreswan negotiates no ESP without authentication")
	}
	return strings.Join(parts, "-"), nil
}

func cipherWord(c *alg.Cipher, bits int) (string, error) {
	word, ok := cipherWords[c.Name]
	if !ok {
		return "", fmt.Errorf("libreswan has no cipher %s", c.Name)
	}
	if bits > 0 {
		word += fmt.Sprint(bits)
	}
	return word, nil
}

// Config writes the ipsec.conf for one connection.
func Config(t peer.Terms) (string, error) {
	c := t.Conn
	if len(c.ISAKMP.Offer) != 1 || len(c.IPsec.Offer) != 1 || len(c.IPsec.Offer[0].Protocols) != 1 {
		return "", fmt.Errorf("libreswan is configured for one proposal of one protocol at a time")
	}
	ike, err := ikeProposal(c.ISAKMP.Offer[0])
	if err != nil {
		return "", err
	}
	offer := c.IPsec.Offer[0]
	child, err := childProposal(offer.Protocols[0])
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("config setup\n\tikev1-policy=accept\n\tdnssec-enable=no\n\nconn " + connectionName + "\n")
	set := func(key, format string, args ...any) { fmt.Fprintf(&b, "\t%s=%s\n", key, fmt.Sprintf(format, args...)) }
	set("ikev2", "no")
	set("authby", "secret")
	if c.ISAKMP.Exchange == conn.AggressiveMode {
		set("aggressive", "yes")
	}
	writeEnd(set, "left", c.Local)
	writeEnd(set, "right", c.Remote)
	set("leftupdown", "%%disabled")
	set("type", "%s", offer.Mode)
	set("ike", "%s", ike)
	if offer.Protocols[0].Proto == sadb.AH {
		set("phase2", "ah")
		set("ah", "%s", withGroup(child, offer.Group))
	} else {
		set("phase2", "esp")
		set("esp", "%s", withGroup(child, offer.Group))
	}
	set("pfs", "%s", map[bool]string{true: "yes", false: "no"}[offer.Group != nil])
	set("replay-window", "%d", c.IPsec.ReplayWindow)
	if c.ISAKMP.Life > 0 {
		set("ikelifetime", "%ds", int(c.ISAKMP.Life.Seconds()))
	}
	if c.IPsec.LifeTime > 0 {
		set("salifetime", "%ds", int(c.IPsec.LifeTime.Seconds()))
	}
	if c.DPD.Idle > 0 {
		const patience = 4 // questions
		set("dpddelay", "%ds", int(c.DPD.Idle.Seconds()))
		set("dpdtimeout", "%ds", patience*int(c.DPD.Idle.Seconds()))
		set("dpdaction", "hold")
	}
	if t.ForceEncap {
		set("encapsulation", "yes")
	}
	set("retransmit-timeout", "20s") // longer than our own pause before we repeat a message
	set("rekey", "no")
	set("auto", "add")
	return b.String(), nil
}

func withGroup(child string, g *alg.Group) string {
	if g == nil {
		return child
	}
	return child + ";" + g.Name
}

// address writes the address of an end; %any is any peer.
func address(e conn.End) string {
	if !e.Addr.IsValid() {
		return "%any"
	}
	return e.Addr.String()
}

// owner writes by what pluto looks a secret up: the name of an end, or its address.
func owner(e conn.End) string {
	if e.Identity.IsZero() {
		return address(e)
	}
	return e.Identity.String()
}

func writeEnd(set func(key, format string, args ...any), side string, e conn.End) {
	set(side, "%s", address(e))
	if !e.Identity.IsZero() {
		set(side+"id", "%s", e.Identity)
	}
	if e.Client.IsZero() {
		return
	}
	if p, ok := e.Client.Range.Prefix(); ok {
		set(side+"subnet", "%s", p)
	}
	if e.Client.Proto != 0 {
		set(side+"protoport", "%d/%d", e.Client.Proto, e.Client.Port)
	}
}

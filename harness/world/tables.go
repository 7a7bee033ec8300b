package world

import (
	"encoding/json"
	"os"
	"path/filepath"

	"ikewit/harness/capture"
	"ikewit/harness/capture/ipsec"
)

// tables writes what opens the capture: the tables of Wireshark (WIRESHARK_CONFIG_DIR), and keys.json for wit decode.
// All of it is for the owner only. more are SAs that follow from no conversation.
func (b *bundle) tables(e *evidence, more ...*ipsec.SA) {
	var recoveries []*capture.Recovery
	var set capture.KeySet
	for _, c := range e.Conversations {
		r := e.recoveries[c]
		if r == nil {
			continue
		}
		recoveries = append(recoveries, r)
		if s, opened := e.secrets[c]; opened {
			set.IKEv1 = append(set.IKEv1, keysOf(c, s, r))
		}
	}
	if len(recoveries)+len(more) == 0 {
		return
	}
	b.add("wireshark", func(path string) error { return capture.WiresharkTables(recoveries, more...).WriteDir(path) })
	if len(set.IKEv1) == 0 {
		return
	}
	b.add("keys.json", func(path string) error { return writeKeys(path, set) })
}

// keysOf is what opened one conversation, as a key file says it.
func keysOf(c *capture.Conversation, s capture.Secrets, r *capture.Recovery) capture.IKEv1Keys {
	p := r.Phase1
	k := capture.IKEv1Keys{
		ICookie: c.ICookie[:], RCookie: c.RCookie[:], PSK: []byte(s.PSK), Shared: []byte(p.Shared), CipherKey: []byte(p.CipherKey),
		SKEYID: []byte(p.Skeyids.SKEYID), D: []byte(p.Skeyids.D), A: []byte(p.Skeyids.A), E: []byte(p.Skeyids.E),
	}
	for _, x := range s.Exponents {
		k.Exponents = append(k.Exponents, []byte(x))
	}
	if p.Cipher != nil {
		k.Cipher = p.Cipher.Name
	}
	if p.Hash != nil {
		k.Hash = p.Hash.Name
	}
	return k
}

func writeKeys(path string, set capture.KeySet) error {
	text, err := json.MarshalIndent(set, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(path), append(text, '\n'), 0o600)
}

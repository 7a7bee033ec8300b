package capture

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/pcapfile"
	"ikewit/harness/capture/tshark"
)

// needTshark skips where there is no tshark, but not in CI.
func needTshark(t *testing.T) {
	t.Helper()
	if _, err := tshark.Find(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// save writes a script as pcapng, with what the judge says of each message as its comment.
func (s *script) save(c *Conversation) string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "wire.pcapng")
	f, err := os.Create(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	w, err := pcapfile.NewWriter(f, "ikewit")
	if err != nil {
		s.t.Fatal(err)
	}
	for i, frame := range s.frames {
		frame.Comments = []string{c.Messages[i].Comment()}
		if err := w.Write(frame); err != nil {
			s.t.Fatal(err)
		}
	}
	return path
}

// TestTsharkOpensOurCapturesWithOurTables writes every vector conversation as a capture and has tshark read it: with
// the tables nothing is malformed and everything opens, without them nothing does.
func TestTsharkOpensOurCapturesWithOurTables(t *testing.T) {
	needTshark(t)
	all := loadVectors(t)
	for _, id := range []string{"P1-SHA1-3DES-G2", "P1-SHA1-DES-G1", "P1-MD5-3DES-G2", "P1-SHA1-AES128-G2", "P1-SHA1-AES192-G2", "P1-SHA256-AES256-G14"} {
		t.Run(id, func(t *testing.T) {
			s := &script{t: t}
			var secrets Secrets
			for _, p := range all.Phase1 {
				if p.ID == id {
					s.say(p.Messages...)
					secrets = p.secrets()["g^xy"]
				}
			}
			secrets.SharedPFS = map[uint32]crypt.Secret{}
			for _, q := range all.under(id) {
				s.say(q.Messages...)
				secrets.SharedPFS[binary.BigEndian.Uint32(q.MsgID)] = crypt.Secret(q.GXY)
			}
			for _, x := range all.Informational {
				if x.Phase1 == id {
					s.say(x.Message)
				}
			}
			c := s.conversation()
			r, err := Recover(c, secrets)
			if err != nil || len(r.Problems) > 0 {
				t.Fatal(err, r.Problems)
			}
			tables := WiresharkTables([]*Recovery{r})
			if len(tables.Unable) > 0 {
				t.Errorf("no names for %v", tables.Unable)
			}
			path, dir := s.save(c), t.TempDir()
			if err := tables.WriteDir(dir); err != nil {
				t.Fatal(err)
			}
			read, err := tshark.Read(path, dir)
			if err != nil {
				t.Fatal(err)
			}
			if bad := read.Complaints(); len(bad) > 0 || read.Frames != len(s.frames) || len(read.Encrypted) != len(s.frames)-4 {
				t.Errorf("%v, %d frames, %d encrypted", bad, read.Frames, len(read.Encrypted))
			}
			if got := read.Comments[5]; !strings.HasPrefix(got, "MI3  HDR*, IDii, HASH_I  good") {
				t.Errorf("comment %q", got)
			}
			blind, err := tshark.Read(path, "")
			if err != nil || !slices.Equal(blind.Closed, blind.Encrypted) {
				t.Errorf("without tables %v of %v stay closed, %v", blind.Closed, blind.Encrypted, err)
			}
		})
	}
}

func TestTablesShowKeysOnlyWhereTheyMust(t *testing.T) {
	p := loadVectors(t).Phase1[0]
	s := &script{t: t}
	s.say(p.Messages...)
	r, err := Recover(s.conversation(), p.secrets()["g^xy"])
	if err != nil {
		t.Fatal(err)
	}
	tables := WiresharkTables([]*Recovery{r})
	key := hexOf(crypt.Secret(p.EncKey))
	if text := tables.Files()["ikev1_decryption_table"]; !strings.Contains(text, r.Conversation.ICookie.String()+","+key+"\n") {
		t.Error("no line for the ISAKMP SA")
	}
	if args := strings.Join(tables.Arguments(), " "); !strings.Contains(args, "uat:ikev1_decryption_table:"+r.Conversation.ICookie.String()+","+key) {
		t.Error("no argument for the ISAKMP SA")
	}
	dir := filepath.Join(t.TempDir(), "new")
	if err := tables.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	for name := range tables.Files() {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}

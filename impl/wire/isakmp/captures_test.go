package isakmp

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"ikewit/impl/wire/ikehdr"
)

// capturesFolder finds the captures of other projects, which are no part of ours: beside the module.
// Without them the test is skipped, but not where CI has them.
func capturesFolder(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above this package")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "captures")
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("../shared/captures is not beside the module, and CI needs it")
	}
	return ""
}

// A captured message is the payload of one UDP datagram that may be ISAKMP.
type captured struct {
	file   string
	frame  int // from 1
	octets []byte
}

// readCaptures reads every capture file for datagrams of UDP ports 500 and 4500 and for bare messages.
func readCaptures(t testing.TB, folder string) []captured {
	t.Helper()
	var all []captured
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".dat", ".bin":
			b, err := os.ReadFile(path)
			all = append(all, captured{name, 1, b})
			return err
		case ".pcap", ".cap", ".pcapng", ".gz":
			messages, err := readCapture(path)
			for _, m := range messages {
				m.file = name
				all = append(all, m)
			}
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// readCapture reads one file up to the first frame that is cut or makes no sense: some captures are
// meant to be broken.
func readCapture(path string) ([]captured, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if filepath.Ext(path) == ".gz" {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		if b, err = io.ReadAll(z); err != nil {
			return nil, err
		}
	}
	var source interface {
		gopacket.PacketDataSource
		LinkType() layers.LinkType
	}
	if source, err = pcapgo.NewReader(bytes.NewReader(b)); err != nil {
		if source, err = pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.DefaultNgReaderOptions); err != nil {
			return nil, err
		}
	}
	var all []captured
	for frame := 1; ; frame++ {
		data, _, err := source.ReadPacketData()
		if err != nil {
			return all, nil
		}
		packet := gopacket.NewPacket(data, source.LinkType(), gopacket.Lazy)
		if udp, ok := packet.Layer(layers.LayerTypeUDP).(*layers.UDP); ok {
			if message := messageOf(udp); message != nil {
				all = append(all, captured{frame: frame, octets: message})
			}
		}
	}
}

// messageOf is the ISAKMP message in a datagram, or nil.
func messageOf(udp *layers.UDP) []byte {
	switch {
	case udp.SrcPort == 4500 || udp.DstPort == 4500:
		message, _ := ikehdr.StripMarker(udp.Payload)
		return message
	case udp.SrcPort == 500 || udp.DstPort == 500:
		return udp.Payload
	}
	return nil
}

// A decode is what tshark says of one message.
type decode struct {
	payloads  []PayloadType // in clear
	malformed bool          // and what follows them it could not read
}

// readDecodes reads the decodes of a capture file, by frame.
func readDecodes(t *testing.T, folder, file string) map[int]decode {
	t.Helper()
	f, err := os.Open(filepath.Join(folder, file+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[int]decode{}
	for lines := json.NewDecoder(f); ; {
		var m struct {
			Frame    int
			Kind     string
			Payloads []uint16
			Expert   []string
		}
		err := lines.Decode(&m)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("%s.jsonl: %v", file, err)
		}
		if m.Kind == "isakmp" {
			d := decode{malformed: len(m.Expert) > 0}
			for _, p := range m.Payloads {
				d.payloads = append(d.payloads, PayloadType(p))
			}
			all[m.Frame] = d
		}
	}
}

// Clear messages of version 1 from other programs: what parses has the payloads that tshark saw and
// encodes to the same octets; what does not parse is refused in words. Nothing panics, whatever the
// version and the flags.
func TestCaptures(t *testing.T) {
	folder := capturesFolder(t)
	if folder == "" {
		t.Skip("no ../shared/captures beside the module")
	}
	var good, refused, other int
	decodes := map[string]map[int]decode{}
	for _, c := range readCaptures(t, folder) {
		m, err := ParseMessage(c.octets)
		if err == nil {
			if got := m.Append(nil); !bytes.Equal(got, c.octets) {
				t.Errorf("%s frame %d: encoded to\n%x, want\n%x", c.file, c.frame, got, c.octets)
			}
		}
		switch {
		case m == nil || m.Header.Version != 0x10 || Flags(m.Header.Flags)&Encryption != 0:
			other++
			continue
		case err != nil:
			refused++
			var e *ParseError
			if !errors.As(err, &e) {
				t.Errorf("%s frame %d: %v", c.file, c.frame, err)
			}
			t.Logf("%s frame %d, %s: %v", c.file, c.frame, m.Summary(), err)
			continue
		}
		good++
		if decodes[c.file] == nil {
			decodes[c.file] = readDecodes(t, folder, c.file)
		}
		var types []PayloadType
		for _, it := range m.Items {
			types = append(types, it.Type)
		}
		want, ok := decodes[c.file][c.frame]
		if want.malformed && len(want.payloads) < len(types) {
			types = types[:len(want.payloads)]
		}
		if !ok || !slices.Equal(types, want.payloads) {
			t.Errorf("%s frame %d: %s, tshark has %v", c.file, c.frame, m.Summary(), want.payloads)
		}
	}
	t.Logf("%d clear messages good, %d refused; %d encrypted, of version 2 or of none", good, refused, other)
	if good < 60 || refused > 10 || other < 500 {
		t.Errorf("%d clear messages good, %d refused; %d others", good, refused, other)
	}
}

package pcapfile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func readAll(t *testing.T, b []byte) ([]Frame, error) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var all []Frame
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, f)
	}
}

func someFrames() []Frame {
	at := time.Date(2001, 2, 3, 4, 5, 6, 789012345, time.UTC)
	return []Frame{
		{Number: 1, Time: at, Link: LinkEthernet, Interface: "veth0", Data: []byte{1, 2, 3, 4, 5}, Length: 5, Comments: []string{"MI1: HDR, SA: good", "second"}},
		{Number: 2, Time: at.Add(time.Nanosecond), Link: LinkRaw, Data: []byte{6}, Length: 90},
		{Number: 3, Time: at.Add(time.Hour), Link: LinkEthernet, Interface: "veth0", Data: []byte{7, 8, 9, 10}, Length: 4, Comments: []string{strings.Repeat("long ", 400)}},
	}
}

func written(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range someFrames() {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	file := written(t)
	got, err := readAll(t, file)
	if err != nil || !reflect.DeepEqual(got, someFrames()) {
		t.Errorf("got %+v, %v", got, err)
	}
	var z bytes.Buffer
	gz := gzip.NewWriter(&z)
	gz.Write(file)
	gz.Close()
	if got, err := readAll(t, z.Bytes()); err != nil || !reflect.DeepEqual(got, someFrames()) {
		t.Errorf("gzip: got %+v, %v", got, err)
	}
}

// classic builds a pcap file in the given byte order.
func classic(order binary.AppendByteOrder, magic uint32, link uint32, fraction uint32, data []byte) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, 65535)
	b = order.AppendUint32(b, link)
	b = order.AppendUint32(b, 1000)
	b = order.AppendUint32(b, fraction)
	b = order.AppendUint32(b, uint32(len(data)))
	b = order.AppendUint32(b, uint32(len(data))+7)
	return append(b, data...)
}

func TestClassicPcapInBothByteOrdersAndResolutions(t *testing.T) {
	for name, row := range map[string]struct {
		order binary.AppendByteOrder
		magic uint32
		nanos int
	}{
		"little, micro": {binary.LittleEndian, 0xa1b2c3d4, 5000},
		"big, micro":    {binary.BigEndian, 0xa1b2c3d4, 5000},
		"little, nano":  {binary.LittleEndian, 0xa1b23c4d, 5},
		"big, nano":     {binary.BigEndian, 0xa1b23c4d, 5},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readAll(t, classic(row.order, row.magic, 113, 5, []byte("abc")))
			want := []Frame{{Number: 1, Time: time.Unix(1000, int64(row.nanos)).UTC(), Link: LinkSLL, Data: []byte("abc"), Length: 10}}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestBigEndianPcapngAndSimplePackets(t *testing.T) {
	block := func(kind uint32, body []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, kind)
		b = binary.BigEndian.AppendUint32(b, uint32(len(body)+12))
		b = append(b, body...)
		return binary.BigEndian.AppendUint32(b, uint32(len(body)+12))
	}
	file := block(blockSection, append([]byte{0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0}, bytes.Repeat([]byte{0xff}, 8)...))
	file = append(file, block(blockInterface, []byte{0, 101, 0, 0, 0, 0, 0, 0})...)
	file = append(file, block(0x77, []byte("skip me."))...)
	file = append(file, block(blockSimple, []byte{0, 0, 0, 3, 'x', 'y', 'z', 0})...)
	got, err := readAll(t, file)
	if err != nil || len(got) != 1 || string(got[0].Data) != "xyz" || got[0].Link != LinkRaw {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestEveryProperPrefixEndsInAnErrorOrAtAFrame(t *testing.T) {
	for name, file := range map[string][]byte{"pcapng": written(t), "pcap": classic(binary.LittleEndian, 0xa1b2c3d4, 1, 0, []byte("abcdef"))} {
		whole, _ := readAll(t, file)
		for n := range file {
			got, err := readAll(t, file[:n])
			if err == nil && len(got) == len(whole) {
				t.Errorf("%s cut at %d: nothing is missing", name, n)
			}
			var format *FormatError
			if err != nil && errors.As(err, &format) && format.Frame != len(got)+1 {
				t.Errorf("%s cut at %d: %v, after %d frames", name, n, err, len(got))
			}
		}
	}
}

func TestHostileSizesAreRefusedByName(t *testing.T) {
	huge := classic(binary.LittleEndian, 0xa1b2c3d4, 1, 0, nil)
	binary.LittleEndian.PutUint32(huge[32:], 0xfffffff0)
	if _, err := readAll(t, huge); err == nil || !strings.Contains(err.Error(), "Captured Packet Length") {
		t.Errorf("pcap: %v", err)
	}
	ng := written(t)
	at := bytes.Index(ng, []byte{1, 2, 3, 4, 5}) - 8
	binary.LittleEndian.PutUint32(ng[at:], 0xfffffff0)
	if _, err := readAll(t, ng); err == nil || !strings.Contains(err.Error(), "frame 1: Captured Packet Length") {
		t.Errorf("pcapng: %v", err)
	}
	ng = written(t)
	binary.LittleEndian.PutUint32(ng[4:], 0xfffffff0)
	if _, err := readAll(t, ng); err == nil || !strings.Contains(err.Error(), "Block Total Length") {
		t.Errorf("pcapng block: %v", err)
	}
}

func TestBareMessages(t *testing.T) {
	message := make([]byte, 40)
	message[27] = 40
	got, err := readAll(t, message)
	if err != nil || len(got) != 1 || got[0].Link != LinkBare || len(got[0].Data) != 40 {
		t.Errorf("by its length field: %+v, %v", got, err)
	}
	if _, err := readAll(t, append(message, 0)); err == nil {
		t.Error("41 octets that say 40 pass for a bare message")
	}
	path := filepath.Join(t.TempDir(), "x.dat")
	if err := os.WriteFile(path, []byte{1, 2}, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if f, err := r.Next(); err != nil || f.Link != LinkBare || len(f.Data) != 2 {
		t.Errorf("by its name: %+v, %v", f, err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(classic(binary.BigEndian, 0xa1b2c3d4, 1, 0, []byte("abcdef")))
	f.Add([]byte{0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b))
		for err == nil {
			_, err = r.Next()
		}
	})
}

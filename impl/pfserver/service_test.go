package pfserver

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ikewit/impl/driver/none"
	driver "ikewit/impl/driver/pfkey"
	"ikewit/impl/sadb"
)

// A service ends with its clients, its socket and its views, and leaves the database to its owner.
func TestServiceEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	db := none.New(nil)
	defer db.Close()
	s, err := Start(path, Config{Database: db})
	if err != nil {
		t.Fatal(err)
	}
	v := s.Driver()
	client, err := driver.Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := Start(path, Config{Database: db}); err == nil {
		t.Error("two services have one socket")
	}
	select {
	case <-s.Ended():
		t.Error("it has ended before Close")
	default:
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	<-s.Ended()
	if _, err := client.Receive(time.Now().Add(patience)); !errors.Is(err, io.EOF) {
		t.Errorf("the client got %v", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is there: %v", err)
	}
	if _, open := <-v.Events(); open || v.Apply(sadb.Flush{}) == nil {
		t.Error("the view lives on")
	}
	if err := db.Apply(sadb.Flush{}); err != nil {
		t.Error("the database:", err)
	}
	if again, err := Start(path, Config{Database: db}); err != nil {
		t.Error("again:", err)
	} else {
		again.Close()
	}
}

// An echo server on Go's net package: one goroutine a connection. Usage: go PORT
package main

import (
	"fmt"
	"net"
	"os"
)

const bufferBytes = 64 * 1024

// echo reads the next block only when this one is written: the peer's window bounds the memory.
func echo(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, bufferBytes)
	for {
		length, err := connection.Read(buffer)
		if length > 0 {
			if _, writeErr := connection.Write(buffer[:length]); writeErr != nil {
				return
			}
		}
		if err != nil { // io.EOF among them
			return
		}
	}
}

func main() {
	if len(os.Args) != 2 {
		os.Exit(64)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:"+os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		connection, err := listener.Accept() // TCP_NODELAY is Go's default
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go echo(connection)
	}
}

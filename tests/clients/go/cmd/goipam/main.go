// Command goipam starts the real go-ipam over a PostgreSQL database, for `metalmesh bench ipam --baseline`:
//
//	go run ./cmd/goipam --listen 127.0.0.1:9090 --database postgres://user@localhost:5432/goipam
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"runtime/debug"

	"metalmesh.test/clients/goipam"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9090", "where gRPC, gRPC-Web and Connect are answered")
	database := flag.String("database", "", "URL of a PostgreSQL database; it is go-ipam's")
	flag.Parse()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/metal-stack/go-ipam" {
				log.Printf("%s %s", module.Path, module.Version)
			}
		}
	}
	log.Printf("answers on %s", listener.Addr())
	log.Fatal(goipam.ServeBench(context.Background(), listener, *database))
}

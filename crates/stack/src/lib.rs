//! One computer: link, neighbours, IP, ICMP, UDP, TCP, sockets.

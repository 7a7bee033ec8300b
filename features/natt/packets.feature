@netns @ikev1
Feature: NAT traversal: ESP in UDP on the wire, and what else comes to port 4500

  Between alice and bob there is no NAT; alice pretends that there is one. So the harness can send from any port what she might.

  Background:
    Given the topology "pair"
    And alice negotiates "esp null-sha1 natt force mode transport"
    And bob negotiates "esp null-sha1 natt on mode transport"

  @EXT-UDPE-02 @EXT-UDPE-03 @positive @should
  Scenario: No UDP checksum over IPv4; what has one is taken all the same
    When alice initiates
    And alice pings bob 3 times
    Then alice sends ESP in UDP with the checksum that the IP version wants
    And bob sends ESP in UDP with the checksum that the IP version wants
    When a packet from alice to bob is forged: sequence number 20, with a UDP checksum
    And a keepalive of alice comes from port 4500 to port 4500
    Then the forgery crossed the wire
    And bob got 4 pings
    And traffic passes in the SAs only
    And bob told of no error

  @EXT-UDPE-06 @negative @must
  Scenario: A message of IKE at port 4500 without the marker is none
    When alice initiates
    And alice pings bob 1 time
    And alice's MI1 comes without the marker from port 7001 to port 4500
    And alice's QI1 comes without the marker from port 7002 to port 4500
    And alice negotiates phase 2 again
    Then the forgery crossed the wire
    And alice has made 2 pairs
    And bob sends nothing to where any of it came from
    And bob told of no error

  @EXT-UDPE-06 @positive @must
  Scenario: The same message with the marker is answered
    When alice initiates
    And alice's MI1 comes with a new cookie from port 7001 to port 4500
    And alice negotiates phase 2 again
    Then the forgery crossed the wire
    And alice has made 2 pairs
    And bob sent something to port 7001

  @EXT-UDPE-07 @negative @pract
  Scenario: Datagrams that are nothing: dropped without a word, and everything goes on
    When alice initiates
    And alice pings bob 1 time
    And octets "" of alice come from port 7001 to port 4500
    And octets "fe" of alice come from port 7002 to port 4500
    And octets "00" of alice come from port 7003 to port 4500
    And octets "0000" of alice come from port 7004 to port 4500
    And octets "0102" of alice come from port 7005 to port 4500
    And octets "000000" of alice come from port 7006 to port 4500
    And octets "010203" of alice come from port 7007 to port 4500
    And octets "00000000" of alice come from port 7008 to port 4500
    And octets "00000000 01020304 05060708 00000000 00000000 01100200 00000000 000000" of alice come from port 7009 to port 4500
    And octets "00001234" of alice come from port 7010 to port 4500
    And octets "00001234 000000" of alice come from port 7011 to port 4500
    And alice negotiates phase 2 again
    Then the copies crossed the wire
    And alice has made 2 pairs
    And bob sends nothing to where any of it came from
    And alice pings bob 1 time
    And bob got 2 pings

  @EXT-UDPE-09 @EXT-NATT-41 @positive @should
  Scenario: Keepalives, from wherever they come, change nothing and are not answered
    When alice initiates
    And alice pings bob 1 time
    And a keepalive of alice comes from port 4500 to port 4500
    And a keepalive of alice comes from port 7001 to port 4500
    And alice negotiates phase 2 again
    And alice pings bob 1 time
    Then the copies crossed the wire
    And alice has made 2 pairs
    And bob followed its peer 0 times
    And bob sends nothing to port 7001
    And bob got 2 pings
    And bob told of no error
    And alice told of no error

  @EXT-NATT-41 @negative @must
  Scenario: ESP that is not proved to be alice's moves nothing
    When alice initiates
    And alice pings bob 1 time
    And a packet from alice to bob is forged: sequence number 20, from port 7001, one bit of the ICV flipped
    Then the forgery crossed the wire
    And bob counted 1 packet with a wrong ICV
    And bob followed its peer 0 times
    And bob sends nothing to where any of it came from
    And traffic passes in the SAs only

  @EXT-NATT-40 @negative @must-not
  Scenario: Alice has a NAT before her, as she believes: genuine ESP of bob from another port does not move him
    When alice initiates
    And alice pings bob 1 time
    And a packet from bob to alice is forged: sequence number 20, from port 7001
    Then the forgery crossed the wire
    And alice followed its peer 0 times
    And alice sends nothing to where any of it came from
    And traffic passes in the SAs only

@interop @netns @ikev1
Feature: ike-scan as a prober: our responder answers first messages

  @responder @IKE1-MM-01 @IKE1-PRP-14 @IKE1-PRP-15 @positive @must
  Scenario Outline: a Main Mode probe for <what> is answered with what it asked for
    Given two hosts
    And alice runs plutoplus as "--debug --kernel none"
    When alice listens
    And bob probes alice with ike-scan "<options>"
    Then ike-scan reads "Main Mode Handshake returned"
    And ike-scan reads "<reads>"
    And alice and bob exchanged MR1
    And every message is well formed

    Examples:
      | what                  | options                              | reads                                        |
      | 3DES, SHA1, group 2   | --trans=5,2,1,2                      | Enc=3DES Hash=SHA1 Auth=PSK Group=2:modp1024 |
      | DES, MD5, group 1     | --trans=1,1,1,1                      | Enc=DES Hash=MD5 Auth=PSK Group=1:modp768    |
      | what it cannot, first | --trans=7/256,2,1,14 --trans=5,2,1,5 | Enc=3DES Hash=SHA1 Auth=PSK Group=5:modp1536 |

  @responder @IKE1-PRP-17 @negative @must
  Scenario: a probe for nothing that we can do is refused
    Given two hosts
    And alice runs plutoplus as "--debug --kernel none"
    When alice listens
    And bob probes alice with ike-scan "--trans=7/256,2,1,14"
    Then ike-scan reads "NO-PROPOSAL-CHOSEN"
    And alice notifies NO-PROPOSAL-CHOSEN in clear

  @responder @PP-28 @negative @must
  Scenario: a probe in Aggressive Mode is refused by plutoplus
    Given two hosts
    And alice runs plutoplus as "--debug --kernel none"
    When alice listens
    And bob probes alice with ike-scan "--aggressive --dhgroup=2 --trans=5,2,1,2 --id=192.0.2.2"
    Then ike-scan reads "INVALID-EXCHANGE-TYPE"
    And alice notifies INVALID-EXCHANGE-TYPE in clear

  @responder @IKE1-AM-01 @IKE1-AM-03 @positive @must
  Scenario: a probe in Aggressive Mode is answered by who is for it
    Given two hosts
    And alice negotiates "phase1 aggressive peerid @probe.example"
    When alice listens
    And bob probes alice with ike-scan "--aggressive --dhgroup=2 --trans=5,2,1,2 --idtype=2 --id=probe.example"
    Then ike-scan reads "Aggressive Mode Handshake returned"
    And ike-scan reads "Enc=3DES Hash=SHA1 Auth=PSK Group=2:modp1024"
    And alice and bob exchanged AR1
    And every message is well formed

# PF_KEYv2 between a key manager that negotiates and the database of its SAs: plutoplus over ipsecd, and ipseckey at the
# socket of a plutoplus.
@netns
Feature: Negotiated SAs go by PF_KEY

  @IK-43 @PP-32 @IPS-PFK-16 @positive @must
  Scenario Outline: plutoplus keys ipsecd: <protection>, <mode>, <initiator> initiates, <where>
    Given <where>
    And alice keeps SAs in user space
    And bob keeps SAs in user space
    And alice runs plutoplus with "<options> --kernel unix:{alice's socket}"
    And bob runs plutoplus with "<options> --kernel unix:{bob's socket}"
    And alice watches with ipseckey monitor
    When <initiator> initiates
    Then both sides succeed
    And the SAs agree with the wire
    And ipseckey dump on alice shows the SAs of the wire
    And ipseckey dump on bob shows the SAs of the wire
    And traffic passes in the SAs only
    And the monitor of alice shows "ADD <shown>, ADD <shown>"
    And the monitor of alice shows no key
    And nothing crossed the wire in clear

    Examples:
      | protection                  | mode      | shown | initiator | options         | where               |
      | ESP DES with HMAC_MD5       | transport | ESP   | alice     |                 | two hosts           |
      | ESP 3DES with HMAC_SHA, PFS | tunnel    | ESP   | bob       | -e 3 -a 3 -t -f | two hosts           |
      | ESP NULL with HMAC_SHA      | transport | ESP   | bob       | -e 11 -a 3      | two hosts           |
      | AH with HMAC_MD5            | tunnel    | AH    | alice     | -a 2 -t         | two hosts           |
      | ESP 3DES with HMAC_SHA      | transport | ESP   | alice     | -e 3 -a 3       | two hosts over IPv6 |

  # The ports of UDP go by the extensions that Linux added; ipsecd takes ESP from port 4500, plutoplus IKE.
  @IK-43 @EXT-NATT-11 @EXT-UDPE-01 @IPS-PFK-16 @positive @must
  Scenario: Through a NAT, ESP in UDP is carried by ipsecd
    Given the topology "nat"
    And alice keeps SAs in user space
    And bob keeps SAs in user space
    And alice runs plutoplus as "--wit -d {bob} --natt on -e 3 -a 3 --kernel unix:{alice's socket}"
    And bob runs plutoplus as "--wit -d {alice} --natt on -e 3 -a 3 --kernel unix:{bob's socket}"
    When alice initiates
    Then both sides succeed
    And alice told the ends that it sees
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and bob

  @IK-43 @PP-07 @IPS-PFK-24 @positive @must
  Scenario: A packet makes ipsecd ask, and the plutoplus that registered with it answers
    Given two hosts
    And alice keeps SAs in user space
    And bob keeps SAs in user space
    And the harness puts policies into both: all between them is protected by "esp transport"
    And alice runs plutoplus as "--debug -e 3 -a 3 --kernel unix:{alice's socket}"
    And bob runs plutoplus as "--debug --kernel unix:{bob's socket}"
    And alice listens
    And bob listens
    When alice pings bob 10 times with 64 octets
    Then alice has SAs that the kernel asked for
    And ipseckey dump on alice shows the SAs of the wire
    And traffic passes in the SAs only
    And nothing crossed the wire in clear

  @IK-43 @IK-14 @IK-16 @IPS-PFK-16 @IPS-CLI-10 @positive @must
  Scenario: ipseckey at the socket of a plutoplus sees what is negotiated, and adds by hand beside it
    Given two hosts
    And alice runs plutoplus with "-e 3 -a 3"
    And bob runs plutoplus with "-e 3 -a 3 --pfkey {bob's socket}"
    And bob listens
    And bob watches with ipseckey monitor
    When alice initiates
    Then both sides succeed
    And the monitor of bob shows "ADD ESP, ADD ESP"
    And ipseckey dump on bob shows the SAs of the wire
    When bob is keyed by hand:
      """
      add esp spi 0x1001 src 10.9.0.1 dst 10.9.0.2 encr_alg des encrkey 0123456789abcdef
      """
    Then the monitor of bob shows "ADD ESP, ADD ESP, ADD ESP 0x1001"
    And the monitor of bob shows no key
    And ipseckey dump on bob shows the SAs of the wire
    And traffic passes in the SAs only
    When bob types ipseckey "delete esp spi 0x1001 dst 10.9.0.2"
    Then the monitor of bob shows "DELETE ESP 0x1001"

  # EXPIRE is for every listener, and the engine hears of it beside them. Octets are counted by the stack alone: by the clock the
  # engine, or the peer, may be first to end the SAs.
  @IK-44 @PP-20 @IPS-PFK-29 @behaviour @must
  Scenario: What was negotiated comes to its end: listeners are told
    Given two hosts
    And alice runs plutoplus as "--debug -e 3 -a 3 -m 10 --kernel user --pfkey {alice's socket}"
    And bob runs plutoplus as "--debug -d {alice} -e 3 -a 3 -m 10 --kernel user"
    And alice listens
    And alice watches with ipseckey pmonitor
    When bob initiates
    And alice pings bob 12 times with 1000 octets
    Then the monitor of alice shows "ADD ESP, ADD ESP, EXPIRE ESP"
    And alice prints: expired

  # A key manager beside plutoplus, which sees the same requests: here ipseckey, which is not asked, but told of everything.
  @IK-43 @PP-07 @IPS-PFK-24 @behaviour @must
  Scenario: The stack in plutoplus asks plutoplus, and a promiscuous listener sees both
    Given two hosts
    And alice runs plutoplus as "--debug -e 3 -a 3 --pfkey {alice's socket} --kernel user"
    And bob runs plutoplus as "--debug --kernel user"
    And alice listens
    And bob listens
    And alice watches with ipseckey monitor
    And the harness puts policies into alice: all to its peer is protected by "esp transport"
    When alice pings bob 10 times with 64 octets
    Then alice has SAs that the kernel asked for
    And the monitor of alice shows "ACQUIRE ESP, ADD ESP, ADD ESP"
    And ipseckey dump on alice shows the SAs of the wire
    And traffic passes in the SAs only

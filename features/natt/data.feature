@netns @ikev1
Feature: NAT traversal: data through real NATs

  The NAT before alice gives every flow of UDP another port; that before bob lets in what comes to the ports of IKE. All
  of it is nftables in a namespace of its own.

  @EXT-NATT-11 @EXT-NATT-30 @EXT-UDPE-01 @positive @must
  Scenario Outline: Transport mode on the topology <topology>: <options>
    Given the topology "<topology>"
    And alice runs plutoplus as "--wit -d {bob} --natt on <options>"
    And bob runs plutoplus as "--wit -d {alice} --natt on <options>"
    When alice initiates
    Then both sides succeed
    And alice told the ends that it sees
    And bob told the ends that it sees
    And alice offers UDP-Encapsulated-Transport mode
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and bob
    And both sides exit with 0

    Examples:
      | topology | options      |
      | nat      | -e 3 -a 3    |
      | nat-bob  | -e 3 -a 3 -s |
      | nat-both | -e 11 -a 2   |

  @EXT-NATT-11 @behaviour @must
  Scenario: Without a NAT, by force
    Given the topology "pair"
    And alice runs plutoplus as "--wit -d {bob} --natt force -e 3 -a 3"
    And bob runs plutoplus as "--wit -d {alice} --natt on -e 3 -a 3"
    When alice initiates
    Then both sides succeed
    And the negotiation moved to port 4500
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and bob
    And both sides exit with 0

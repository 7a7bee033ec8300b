@sim @ikev1
Feature: Main Mode: proposals and secrets

  @IKE1-ALG-01 @IKE1-ALG-02 @IKE1-ALG-03 @IKE1-ALG-06 @IKE1-KEY-02 @IKE1-KEY-03 @IKE1-KEY-04 @IKE1-KEY-05 @IKE1-IVC-07 @crypto @must
  Scenario Outline: <suite>
    Given alice and bob in the simulator
    And both use "ike <suite>"
    When alice starts to negotiate
    Then both sides have an SA pair
    And the messages on the wire are "MI1 MR1 MI2 MR2 MI3 MR3 QI1 QR1 QI2"
    And every hash on the wire is right
    And the SAs agree with the wire

    Examples:
      | suite                     |
      | des-md5-modp768           |
      | des-sha1-modp1024         |
      | 3des-sha1-modp1024        |
      | 3des-md5-modp1536         |
      | 3des-sha256-modp2048      |
      | blowfish128-sha1-modp1024 |
      | cast128-md5-modp1024      |
      | aes128-md5-modp1024       |
      | aes128-sha1-modp2048      |
      | aes192-sha1-modp1536      |
      | aes256-sha256-modp2048    |
      | aes256-sha384-modp1024    |
      | aes256-sha512-modp1024    |

  @IKE1-PRP-12 @IKE1-PRP-15 @IKE1-SAP-10 @positive @must
  Scenario: The second transform is the first that both like
    Given alice and bob in the simulator
    And alice uses "ike aes256-sha512-modp2048 ike 3des-sha1-modp1024"
    And bob uses "ike 3des-sha1-modp1024"
    When alice starts to negotiate
    Then both sides have an SA pair
    And every message is well formed
    And the SAs agree with the wire

  @IKE1-PRP-17 @IKE1-NTF-03 @negative @must
  Scenario: Nothing in common: NO-PROPOSAL-CHOSEN, in clear
    Given alice and bob in the simulator
    And alice uses "ike 3des-md5-modp1024"
    And bob uses "ike 3des-sha1-modp1024"
    When alice starts to negotiate
    Then bob refused MI1 with NO-PROPOSAL-CHOSEN
    And bob notifies NO-PROPOSAL-CHOSEN in clear
    And no SA is left

  @IKE1-MM-05 @negative @must
  Scenario: Different secrets: MI3 makes no sense, and nobody gets an SA
    Given alice and bob in the simulator
    And alice uses "secret one"
    And bob uses "secret another"
    When alice starts to negotiate
    Then alice and bob exchanged MI3
    And alice gives up: no answer from the peer
    And no SA is left

  @ipv6 @IKE1-IDP-04 @IKE1-QID-04 @positive @must
  Scenario: IPv6 from end to end
    Given alice and bob in the simulator over IPv6
    When bob starts to negotiate
    Then both sides have an SA pair
    And the SAs agree with the wire

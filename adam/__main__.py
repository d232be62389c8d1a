from adam.cli import main

main()

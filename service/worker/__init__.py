"""What is done without anybody waiting for it: deciding the inbox, delivering, and what falls due."""
